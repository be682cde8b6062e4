using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Service.Windows;

namespace SessionRecorder.Host.Service;

/// <summary>Runs the service: under Windows' service manager, under systemd, or as a plain program until it is ended.</summary>
internal static class ServiceProgram
{
    /// <summary>The service's name on Windows.</summary>
    public const string Name = "SessionRecorder";

    /// <summary>What the work has to end; above what agents get when the machine goes down.</summary>
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the system, or whoever runs it, asks for the end.</summary>
    /// <param name="parts">What it is made of.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="cancellationToken">Asks for the end, as Ctrl-C and SIGTERM do.</param>
    public static async Task RunAsync(ServiceParts parts, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        // Empty: nothing is read from the working directory's files or from variables that another may have set.
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings { DisableDefaults = true, ContentRootPath = AppContext.BaseDirectory });
        var services = builder.Services;
        services.AddSystemd();
        if (OperatingSystem.IsWindows() && WindowsServiceHelpers.IsWindowsService())
        {
            services.AddWindowsService(options => options.ServiceName = Name);
            services.AddSingleton<IHostLifetime, ManagedLifetime>();
            services.AddSingleton<IMachineEnd>(provider => (ManagedLifetime)provider.GetRequiredService<IHostLifetime>());
        }
        else
        {
            services.AddSingleton(parts.MachineEnd);
        }

        services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        services.Configure<HostOptions>(options => options.ShutdownTimeout = EndTimeout);
        services.AddSingleton(loggers);
        services.AddSingleton(provider => parts with { MachineEnd = provider.GetRequiredService<IMachineEnd>() });
        services.AddSingleton(parts.Recordings);
        services.AddSingleton(parts.Desktops);
        services.AddSingleton(parts.UnseenSessions);
        services.AddSingleton<UnseenWatch>();
        services.AddSingleton(parts.Time);
        services.AddSingleton<AgentKeeper>();
        services.AddSingleton<RequestHandler>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SessionWatch>(
            provider, parts.Watch, Recording.SessionWatch.DefaultGrace));
        services.AddHostedService<RecorderService>();
        using var host = builder.Build();
        await host.RunAsync(cancellationToken);
    }
}
