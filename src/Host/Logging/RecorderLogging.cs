using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace SessionRecorder.Host.Logging;

/// <summary>Where log lines go: a file for the agent, standard error for a command in the foreground.</summary>
internal static class RecorderLogging
{
    private const long FileSizeLimit = 10_000_000;

    /// <summary>Files of the size limit that are kept: a recorder that runs for months leaves so much and no more.</summary>
    private const int FilesKept = 3;

    private const string Line = "{UtcTimestamp:yyyy-MM-ddTHH:mm:ss.fff}Z {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}";

    /// <summary>Logs to a file, each line at once. The caller disposes the factory.</summary>
    /// <param name="path">The file's absolute path; its folder is made where it is missing.</param>
    /// <param name="verbose">Whether from Debug up, rather than from Information.</param>
    public static ILoggerFactory ToFile(string path, bool verbose)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Is(verbose ? LogEventLevel.Debug : LogEventLevel.Information)
            .WriteTo.File(
                path,
                outputTemplate: Line,
                formatProvider: CultureInfo.InvariantCulture,
                fileSizeLimitBytes: FileSizeLimit,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: FilesKept)
            .CreateLogger();
        return new SerilogLoggerFactory(logger, dispose: true);
    }

    /// <summary>Logs to a writer from Debug up, for <c>--verbose</c>.</summary>
    public static ILoggerFactory ToWriter(TextWriter writer, TimeProvider time) => new WriterLoggerFactory(writer, time);
}
