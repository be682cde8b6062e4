using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Diagnostics;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Service.Channel;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Commands;

/// <summary>Decides whether <c>start</c> launches an agent by itself, or asks the service to; and likewise of whom <c>status</c> asks.</summary>
/// <remarks>
/// The configuration may be the administrators' alone to read: then so are spool, plugins and storage, and only the service
/// can record. Where it listens follows from the file's name.
/// </remarks>
internal static class ServiceRoute
{
    /// <summary>Where to ask.</summary>
    /// <returns>The service's path; null to launch by oneself.</returns>
    /// <exception cref="ConfigurationException">The configuration is wrong, or there is none.</exception>
    public static async Task<string?> FindAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = PathOf(context);
        if (IsHidden(context, path))
        {
            return path;
        }

        var configuration = context.LoadConfiguration();
        if (PluginHost.NameOf(PluginKind.Elevation, configuration.Options.Elevation) != AutomaticLauncher.Service)
        {
            return null;
        }

        return Environment.IsPrivilegedProcess && await CanLaunchAsync(configuration, context, cancellationToken) ? null : path;
    }

    /// <summary>Where to ask what is recorded: an administrator sees it by himself, and others only what they record themselves.</summary>
    /// <returns>The service's path; null to look by oneself.</returns>
    /// <exception cref="ConfigurationException">The configuration is wrong.</exception>
    public static string? FindForStatus(CommandContext context)
    {
        var path = PathOf(context);
        return !Environment.IsPrivilegedProcess && (IsHidden(context, path) || ServiceCheck.IsConfigured(context.LoadConfiguration().Options))
            ? path
            : null;
    }

    /// <summary>There is nobody to ask.</summary>
    /// <param name="consequence">What that means for the caller.</param>
    public static CommandException NotRunning(string consequence) => new(
        ExitCode.NothingToActOn,
        $"the Session Recorder service does not run, and without it {consequence}",
        OperatingSystem.IsWindows()
            ? "have an administrator start it: `sc start SessionRecorder`"
            : "have an administrator start it: `systemctl start session-recorder`");

    /// <summary>An empty name is told by loading it.</summary>
    private static string PathOf(CommandContext context) =>
        context.ConfigurationFile is "" ? "" : ServicePath.Of(context.ConfigurationFile);

    private static bool IsHidden(CommandContext context, string path) =>
        path.Length > 0 && !Environment.IsPrivilegedProcess && !MayRead(context.ConfigurationFile ?? RecorderPaths.DefaultConfigurationFile);

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
            using var opened = BoundedFile.Open(file);
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
