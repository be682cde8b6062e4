using System.Globalization;
using System.Text.Json;

namespace SessionRecorder.Plugins;

/// <summary>Measures what a finished file holds, with ffprobe. Thread-safe.</summary>
/// <remarks>
/// ffprobe is started as ffmpeg is, through the supervisor: it refuses a program that others can change, which
/// FFMpegCore's own way of starting it would not.
/// </remarks>
internal sealed class SegmentProbe(FfmpegPrograms programs, IProcessSupervisor supervisor)
{
    private static readonly string[] Questions =
    [
        "-loglevel", "error", "-print_format", "json", "-select_streams", "v:0",
        "-show_entries", "format=duration:stream=width,height,duration:packet=pts_time",
    ];

    /// <summary>What ffprobe ends with when it has judged a file; a signal, or a program that is not there, gives another code.</summary>
    private const int RefusedTheFile = 1;

    /// <summary>What it says then of a file that is no video; all else (no memory, no permission) can pass.</summary>
    private static readonly string[] Verdicts = ["Invalid data found when processing input", "moov atom not found"];

    /// <summary>A segment is read in well under a second; whatever takes this long hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private volatile bool _canStart;

    /// <summary>Makes sure, once, that ffprobe is there and may be used.</summary>
    /// <exception cref="CaptureException">There is none.</exception>
    /// <exception cref="ChildProcessException">It cannot or may not be started.</exception>
    public async Task RequireAsync()
    {
        if (!_canStart)
        {
            await using var process = supervisor.Start(new ProcessStart { FileName = programs.Ffprobe, Arguments = ["-version"] });
            _canStart = true;
        }
    }

    /// <summary>Measures a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="frameRate">Frames a second, which tells how long the last frame lasts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it holds, or null when it holds no frame.</returns>
    /// <exception cref="CaptureException">ffprobe could not make anything of the file.</exception>
    /// <exception cref="ChildProcessException">ffprobe could not be run.</exception>
    public async Task<SegmentFacts?> MeasureAsync(string path, double frameRate, CancellationToken cancellationToken)
    {
        var start = new ProcessStart
        {
            FileName = programs.Ffprobe,
            Arguments = [.. Questions, path],
            WorkingDirectory = Path.GetDirectoryName(path),

            // The capture that follows goes first.
            LowPriority = true,
        };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        try
        {
            return Describe(await AskAsync(start, limited.Token), TimeSpan.FromSeconds(1 / frameRate));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CaptureException(
                $"ffprobe did not finish reading {path} within {Limit.TotalSeconds:0} s",
                CaptureEnd.Failed,
                FailureScope.Segment,
                isTransient: true);
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or InvalidDataException)
        {
            throw new CaptureException(
                $"ffprobe could not read {path}: {e.Message.ReplaceLineEndings(" ")}",
                CaptureEnd.Failed,
                FailureScope.Segment,

                // Whoever is told that a file is no video puts it away: ffprobe must have said so itself, not merely failed.
                isTransient: e is not (FormatException or InvalidDataException),
                remedy: null,
                e);
        }
    }

    private async Task<JsonDocument> AskAsync(ProcessStart start, CancellationToken cancellationToken)
    {
        await using var process = supervisor.Start(start);
        var answer = new List<string>();
        await foreach (var line in process.ReadLinesAsync(cancellationToken))
        {
            answer.Add(line);
        }

        var exitCode = await process.Exited.WaitAsync(cancellationToken);
        var said = process.ErrorTail.Trim();
        return exitCode switch
        {
            0 => JsonDocument.Parse(string.Join('\n', answer)),
            RefusedTheFile when Verdicts.Any(verdict => said.Contains(verdict, StringComparison.Ordinal)) => throw new InvalidDataException(said),
            _ => throw new IOException($"it ended with exit code {exitCode}{(said.Length > 0 ? $": {said}" : "")}"),
        };
    }

    private static SegmentFacts? Describe(JsonDocument answer, TimeSpan frameInterval)
    {
        using (answer)
        {
            var root = answer.RootElement;
            TimeSpan[] times = [.. ElementsOf(root, "packets").Select(p => Seconds(p, "pts_time")).OfType<TimeSpan>().Order()];
            var video = ElementsOf(root, "streams").FirstOrDefault();
            if (times.Length == 0 || video.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            TimeSpan? whole = root.TryGetProperty("format", out var format) ? Seconds(format, "duration") : null;
            return new SegmentFacts(
                new[] { whole, Seconds(video, "duration") }.Max() ?? throw new FormatException("it tells no duration"),
                times[^1] - times[0],
                times.Length,
                Number(video, "width"),
                Number(video, "height"),
                FindHoles(times, frameInterval));
        }
    }

    private static IEnumerable<JsonElement> ElementsOf(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var elements) ? elements.EnumerateArray() : [];

    private static int Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var number) ? number.GetInt32() : throw new FormatException($"it tells no {name}");

    private static TimeSpan? Seconds(JsonElement element, string name) => element.TryGetProperty(name, out var text)
        ? new TimeSpan((long)(decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond))
        : null;

    private static List<SegmentHole> FindHoles(TimeSpan[] times, TimeSpan frameInterval)
    {
        var threshold = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, 3 * frameInterval.Ticks));
        return times
            .Zip(times.Skip(1))
            .Where(pair => pair.Second - pair.First > threshold)
            .Select(pair => new SegmentHole(pair.First - times[0], pair.Second - times[0]))
            .ToList();
    }
}
