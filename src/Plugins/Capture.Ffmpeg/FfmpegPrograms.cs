using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Finds ffmpeg and ffprobe. Thread-safe.</summary>
/// <remarks>
/// Never through PATH or the working directory: the agent has rights that the session's user lacks, and whoever can put
/// a program first in PATH would have them too.
/// </remarks>
internal sealed class FfmpegPrograms(IOptions<FfmpegOptions> options)
{
    private const string Remedy =
        "install ffmpeg (Debian: apt-get install ffmpeg), or set Capture:Options:FfmpegPath to its absolute path";

    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    /// <summary>ffmpeg's absolute path.</summary>
    /// <exception cref="CaptureException">There is none.</exception>
    public string Ffmpeg => Find(options.Value.FfmpegPath, "ffmpeg", WellKnownFolders());

    /// <summary>ffprobe's absolute path.</summary>
    /// <exception cref="CaptureException">There is none.</exception>
    public string Ffprobe => Find(options.Value.FfprobePath, "ffprobe", [Path.GetDirectoryName(Ffmpeg)!]);

    private static string Find(string? configured, string name, IReadOnlyList<string> folders)
    {
        if (configured is not null)
        {
            return Path.IsPathFullyQualified(configured) && File.Exists(configured)
                ? configured
                : throw Missing($"{name} was configured as '{configured}', and there is no such file");
        }

        return folders.Select(folder => Path.Combine(folder, name + Suffix)).FirstOrDefault(File.Exists)
            ?? throw Missing($"{name} was found in none of {string.Join(", ", folders)}");
    }

    private static IReadOnlyList<string> WellKnownFolders()
    {
        var own = Path.Combine(AppContext.BaseDirectory, "ffmpeg");
        return OperatingSystem.IsWindows()
            ? [own, Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "ffmpeg", "bin")]
            : [own, "/usr/bin", "/usr/local/bin", "/opt/ffmpeg/bin"];
    }

    private static CaptureException Missing(string message) =>
        new(message, CaptureEnd.Failed, FailureScope.Host, isTransient: false, Remedy);
}
