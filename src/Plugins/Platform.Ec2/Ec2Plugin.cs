using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Registers the platform <c>ec2</c>. Options: <see cref="Ec2Options"/>.</summary>
public sealed class Ec2Plugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.AddOptions<Ec2Options>();
        context.Services.AddSingleton<IEc2Machine>(
            _ => OperatingSystem.IsWindows() ? new WindowsEc2(new MachineRegistry()) : new LinuxEc2("/"));
        context.Services.AddSingleton(services => new InstanceMetadata(
            MetadataEndpoint.Choose(services.GetRequiredService<IOptions<Ec2Options>>().Value, Environment.GetEnvironmentVariable),
            services.GetRequiredService<TimeProvider>()));
        context.Services.AddSingleton<IPlatform>(services => new Ec2Platform(
            services.GetRequiredService<IOptions<Ec2Options>>().Value,
            services.GetRequiredService<IEc2Machine>(),
            services.GetRequiredService<InstanceMetadata>(),
            new Lazy<IDesktopSessions>(services.GetRequiredService<IDesktopSessions>),
            services.GetRequiredService<TimeProvider>()));
        context.Services.AddSingleton<ISelfCheck, Ec2SelfCheck>();
    }
}
