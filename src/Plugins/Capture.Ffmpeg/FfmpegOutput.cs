using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>Understands what ffmpeg writes: its stderr (version, the first frame's time, errors) and stdout.</summary>
/// <remarks>Thread-safe: stderr and stdout come from different threads.</remarks>
internal sealed class FfmpegOutput
{
    private const string FramePrefix = "frame=";

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _optionsTaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _fpsModeRefused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _frames;
    private DateTimeOffset? _firstFrameAt;
    private string? _version;
    private string? _lastError;
    private CaptureEnd _failure = CaptureEnd.Failed;

    /// <summary>Frames encoded so far.</summary>
    public long Frames => Interlocked.Read(ref _frames);

    /// <summary>When the first frame was taken, UTC by the system's clock; null until ffmpeg told.</summary>
    public DateTimeOffset? FirstFrameAt => Read(() => _firstFrameAt);

    /// <summary>The program and its version.</summary>
    public string Version => Read(() => _version) ?? "ffmpeg";

    /// <summary>What a failure means, judged by what stderr said.</summary>
    public CaptureEnd Failure => Read(() => _failure);

    /// <summary>The last line of stderr that looks like an error, or null.</summary>
    public string? LastError => Read(() => _lastError);

    /// <summary>Completes when ffmpeg has read all of its arguments and opened its input.</summary>
    public Task OptionsTaken => _optionsTaken.Task;

    /// <summary>Completes when ffmpeg does not know <c>-fps_mode</c>, and so ends without having done anything.</summary>
    public Task FpsModeRefused => _fpsModeRefused.Task;

    /// <summary>Takes in a line of stderr.</summary>
    public void ReadErrorLine(string line)
    {
        if (line.StartsWith("Input #", StringComparison.Ordinal))
        {
            _optionsTaken.TrySetResult();
        }
        else if (line.Contains("Unrecognized option 'fps_mode'", StringComparison.Ordinal))
        {
            _fpsModeRefused.TrySetResult();
        }

        lock (_lock)
        {
            _version ??= ParseVersion(line);
            _firstFrameAt ??= ParseStart(line);

            if (Classify(line) is { } failure)
            {
                (_failure, _lastError) = (failure, line.Trim());
            }
        }
    }

    /// <summary>Takes in a line of stdout.</summary>
    /// <returns>The segment that it tells of, or null.</returns>
    public ListedSegment? ReadOutputLine(string line)
    {
        if (line.StartsWith(FramePrefix, StringComparison.Ordinal))
        {
            if (long.TryParse(line.AsSpan(FramePrefix.Length), CultureInfo.InvariantCulture, out var frames))
            {
                Interlocked.Exchange(ref _frames, frames);
            }

            return null;
        }

        // -segment_list_type csv: name, start and end in seconds. Our names need no quoting.
        var fields = line.Split(',');
        return fields.Length == 3
            && double.TryParse(fields[1], CultureInfo.InvariantCulture, out var from)
            ? new ListedSegment(fields[0], TimeSpan.FromSeconds(from))
            : null;
    }

    /// <summary>The program and its version from the banner's first line, or null when it is another line.</summary>
    public static string? ParseVersion(string? line)
    {
        var words = line?.Split(' ') ?? [];
        return words is ["ffmpeg", "version", var version, ..] ? $"ffmpeg {version}" : null;
    }

    /// <summary>The time in <c>Duration: N/A, start: 1795421405.299885, bitrate: …</c>, UTC; null in any other line.</summary>
    private static DateTimeOffset? ParseStart(string line)
    {
        const string Mark = "Duration: N/A, start: ";
        var at = line.IndexOf(Mark, StringComparison.Ordinal);
        var number = at < 0 ? "" : line[(at + Mark.Length)..].Split(',')[0];
        return decimal.TryParse(number, CultureInfo.InvariantCulture, out var seconds)
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;
    }

    private static CaptureEnd? Classify(string line)
    {
        bool Has(string text) => line.Contains(text, StringComparison.OrdinalIgnoreCase);
        return Has("No space left on device") || Has("Disk quota exceeded") ? CaptureEnd.DiskFull
            : Has("Cannot open display") || Has("Cannot get the image data") ? CaptureEnd.DisplayLost
            : Has("error") || Has("failed") || Has("Unrecognized") || Has("Invalid") ? CaptureEnd.Failed
            : null;
    }

    private T Read<T>(Func<T> value)
    {
        lock (_lock)
        {
            return value();
        }
    }
}

/// <summary>A segment that ffmpeg has closed.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="From">Its first frame's time since the capture's first frame.</param>
internal readonly record struct ListedSegment(string Name, TimeSpan From);
