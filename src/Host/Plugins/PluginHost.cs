using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Plugins;

/// <summary>Makes the services that plugins bring, each from a container of its own. Thread-safe.</summary>
/// <remarks>Only what is asked for is loaded; what is asked for and cannot be loaded throws.</remarks>
/// <param name="catalog">The plugins that are installed.</param>
/// <param name="areInspected">As <see cref="PluginLoader"/> takes it.</param>
internal sealed partial class PluginHost(PluginCatalog catalog, bool areInspected = false)
{
    private static readonly ServiceProviderOptions Strict = new() { ValidateOnBuild = true, ValidateScopes = true };

    private static readonly UserSession AnySession =
        new() { Id = "any", User = Environment.UserName, Host = Environment.MachineName, SystemSession = "" };

    private readonly PluginLoader _loader = new(catalog.Trust, areInspected);

    public PluginCatalog Catalog { get; } = catalog;

    /// <summary>Makes a plugin's service as the configuration selects it; <c>auto</c> is this system's display, or launcher.</summary>
    /// <inheritdoc cref="Create{TContract}(string, string, IConfiguration, HostServices)"/>
    public PluginInstance<TContract> Create<TContract>(string kind, PluginSelection selection, HostServices host)
        where TContract : class => Create<TContract>(kind, NameOf(kind, selection), selection.Options, host);

    /// <summary>The plugin's name that a selection means.</summary>
    public static string NameOf(string kind, PluginSelection selection) => (kind, selection.Plugin) switch
    {
        (PluginKind.Display, PluginSelection.Auto) => OperatingSystem.IsWindows() ? "windows" : "x11",
        (PluginKind.Elevation, PluginSelection.Auto) => AutomaticLauncher.Name,
        _ => selection.Plugin,
    };

    /// <summary>Makes a plugin's service.</summary>
    /// <typeparam name="TContract">The contract of the kind.</typeparam>
    /// <param name="kind">A <see cref="PluginKind"/>.</param>
    /// <param name="name">The plugin's name without the kind.</param>
    /// <param name="options">The plugin's options: the section itself, so that errors give its full keys.</param>
    /// <param name="host">What the plugin gets from the host.</param>
    /// <returns>The service; the caller disposes it.</returns>
    /// <exception cref="PluginException">There is no such plugin, or it cannot be used.</exception>
    /// <exception cref="ConfigurationException">Its options are wrong.</exception>
    /// <exception cref="RecorderException">The plugin refuses to work, for a reason of its own.</exception>
    public PluginInstance<TContract> Create<TContract>(string kind, string name, IConfiguration options, HostServices host)
        where TContract : class
    {
        var manifest = Catalog.Find(kind, name);
        var (services, errors) = Configure(manifest, options, host);
        ConfigurationException.ThrowIfAny([.. host.Sources is { } sources ? errors.Select(sources.Locate) : errors]);
        RequireContract(manifest, services, typeof(TContract));
        var instance = Build<TContract>(manifest, services);
        var logger = host.LoggerFactory.CreateLogger<PluginHost>();
        LogLoaded(logger, manifest.Id, manifest.Version, manifest.Folder);
        return instance;
    }

    /// <summary>Loads a plugin and has it configure itself with no options, without making its service.</summary>
    /// <remarks>Its container is given a session that stands for any, since a plugin may need one.</remarks>
    /// <returns>The plugin, and the errors that its options have when none is given: what it needs to be told.</returns>
    /// <exception cref="PluginException">There is no such plugin, or it cannot be used.</exception>
    public (PluginManifest Manifest, IReadOnlyList<ConfigurationError> Needs) Check(string kind, string name, HostServices host)
    {
        var manifest = Catalog.Find(kind, name);
        var (services, errors) = Configure(
            manifest, new ConfigurationBuilder().Build(), host with { Session = host.Session ?? AnySession });
        RequireContract(manifest, services, PluginKind.ContractOf(kind)!);
        BuildProvider(manifest, services).Dispose();
        return (manifest, errors);
    }

    private (ServiceCollection Services, IReadOnlyList<ConfigurationError> Errors) Configure(
        PluginManifest manifest, IConfiguration options, HostServices host)
    {
        var entryPoint = _loader.Load(manifest);
        var services = new ServiceCollection();
        services.AddSingleton(host.Time);
        services.AddSingleton(host.Processes);
        services.AddSingleton(host.Sessions);
        services.AddSingleton(host.LoggerFactory);
        services.TryAddSingleton(typeof(ILogger<>), typeof(Logger<>));
        if (host.Session is not null)
        {
            services.AddSingleton(host.Session);
        }

        var context = new PluginContext(services, options);
        Guard(manifest, "fails to configure itself", () =>
        {
            var plugin = (IRecorderPlugin)Activator.CreateInstance(entryPoint)!;
            plugin.Configure(context);
            return plugin;
        });

        return (services, [.. context.FindErrors()]);
    }

    private static void RequireContract(PluginManifest manifest, ServiceCollection services, Type contract)
    {
        if (!services.Any(s => s.ServiceType == contract))
        {
            throw new PluginException(
                manifest.Id,
                PluginFailure.BadRegistration,
                $"the plugin {manifest.Id} does not register {contract.Name}, the contract of its kind",
                "register it in Configure, or correct the kind in the plugin's id");
        }
    }

    private static PluginInstance<TContract> Build<TContract>(PluginManifest manifest, ServiceCollection services)
        where TContract : class
    {
        var provider = BuildProvider(manifest, services);
        try
        {
            var service = Guard(manifest, "cannot make its service", provider.GetRequiredService<TContract>);
            return new PluginInstance<TContract>(service, manifest, provider, provider);
        }
        catch
        {
            provider.Dispose();
            throw;
        }
    }

    private static ServiceProvider BuildProvider(PluginManifest manifest, ServiceCollection services)
    {
        try
        {
            return services.BuildServiceProvider(Strict);
        }
        catch (AggregateException e)
        {
            throw new PluginException(
                manifest.Id,
                PluginFailure.BadRegistration,
                $"the services of the plugin {manifest.Id} do not fit together: "
                    + string.Join("; ", e.InnerExceptions.Select(RootMessage)),
                "register what is missing; where that is the session, this plugin works only while one is recorded",
                e);
        }
    }

    // Runs the plugin's code, so that whatever it throws names the plugin.
    private static T Guard<T>(PluginManifest manifest, string what, Func<T> code)
    {
        try
        {
            return code();
        }
        catch (Exception e) when (Unwrap(e) is RecorderException)
        {
            throw Unwrap(e);
        }
        catch (Exception e) when (PluginLoadFailure.IsLoadFailure(Unwrap(e)))
        {
            throw PluginLoadFailure.Describe(manifest, [Unwrap(e)], e);
        }
        catch (Exception e)
        {
            var cause = Unwrap(e);
            throw new PluginException(
                manifest.Id,
                PluginFailure.Throws,
                $"the plugin {manifest.Id} {manifest.Version} {what}: {cause.GetType().Name}: "
                    + cause.Message.ReplaceLineEndings(" "),
                "this is a defect of the plugin: update it, or tell its author",
                e);
        }
    }

    private static Exception Unwrap(Exception exception) =>
        exception is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : exception;

    private static string RootMessage(Exception exception) =>
        (exception.InnerException ?? exception).Message.ReplaceLineEndings(" ");

    [LoggerMessage(Level = LogLevel.Debug, Message = "loaded the plugin {Plugin} {Version} from {Folder}")]
    private static partial void LogLoaded(ILogger logger, string plugin, string version, string folder);
}
