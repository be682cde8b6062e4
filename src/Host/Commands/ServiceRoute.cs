using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Commands;

/// <summary>Decides whether <c>start</c> launches an agent by itself, or asks the service to.</summary>
/// <remarks>
/// The configuration may be the administrators' alone to read: then so are spool, plugins and storage, and only the service
/// can record. Where it listens follows from the file's name.
/// </remarks>
internal static class ServiceRoute
{
    /// <summary>The name of the elevation plugin that works through the service.</summary>
    private const string Plugin = "service";

    /// <summary>Where to ask.</summary>
    /// <returns>The service's path; null to launch by oneself.</returns>
    /// <exception cref="ConfigurationException">The configuration is wrong, or there is none.</exception>
    public static async Task<string?> FindAsync(CommandContext context, CancellationToken cancellationToken)
    {
        // An empty name is told by loading it.
        var path = context.ConfigurationFile is "" ? "" : ServicePath.Of(context.ConfigurationFile);
        if (path.Length > 0 && !Environment.IsPrivilegedProcess && !MayRead(context.ConfigurationFile ?? RecorderPaths.DefaultConfigurationFile))
        {
            return path;
        }

        var configuration = context.LoadConfiguration();
        if (configuration.Options.Elevation.Plugin != Plugin)
        {
            return null;
        }

        return Environment.IsPrivilegedProcess && await CanLaunchAsync(configuration, context, cancellationToken) ? null : path;
    }

    /// <summary>An administrator on Windows has many rights, but not that of starting processes in others' sessions.</summary>
    private static async Task<bool> CanLaunchAsync(
        RecorderConfiguration configuration, CommandContext context, CancellationToken cancellationToken)
    {
        await using var host = new RecorderHost(configuration, context.Loggers);
        return (await host.CreateLauncher().CheckAsync(cancellationToken)).IsAvailable;
    }

    /// <summary>Whether a file may be read; one that does not exist may.</summary>
    private static bool MayRead(string file)
    {
        try
        {
            using var opened = File.OpenHandle(file);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            // It is missing, say: loading it tells.
            return true;
        }
    }
}
