using System.Globalization;
using System.Text.Json;
using FFMpegCore;
using FFMpegCore.Exceptions;

namespace SessionRecorder.Plugins;

/// <summary>Measures what a finished file holds, with ffprobe. Thread-safe.</summary>
internal sealed class SegmentProbe(FfmpegPrograms programs)
{
    /// <summary>Asks for the frames' times in the same run of ffprobe.</summary>
    private const string PacketTimes = "-select_streams v:0 -show_packets -show_entries packet=pts_time";

    /// <summary>A segment is read in well under a second; whatever takes this long hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Measures a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="frameRate">Frames a second, which tells how long the last frame lasts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it holds, or null when it holds no frame.</returns>
    /// <exception cref="CaptureException">ffprobe could not be run, or could not make anything of the file.</exception>
    public async Task<SegmentFacts?> MeasureAsync(string path, double frameRate, CancellationToken cancellationToken)
    {
        var options = new FFOptions { BinaryFolder = programs.FfprobeFolder, WorkingDirectory = Path.GetDirectoryName(path)! };

        // Else FFMpegCore reads its settings from a file in the working directory.
        GlobalFFOptions.Configure(options);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        try
        {
            var analysis = await FFProbe.AnalyseAsync(path, options, PacketTimes, limited.Token).WaitAsync(limited.Token);
            return Describe(analysis, TimeSpan.FromSeconds(1 / frameRate));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CaptureException(
                $"ffprobe did not finish reading {path} within {Limit.TotalSeconds:0} s",
                CaptureEnd.Failed,
                FailureScope.Segment,
                isTransient: true);
        }
        catch (Exception e) when (e is FFMpegException or JsonException or IOException)
        {
            throw new CaptureException(
                $"ffprobe could not read {path}: {e.Message.ReplaceLineEndings(" ")}",
                CaptureEnd.Failed,
                FailureScope.Segment,
                isTransient: false,
                remedy: null,
                e);
        }
    }

    private static SegmentFacts? Describe(IMediaAnalysis analysis, TimeSpan frameInterval)
    {
        var times = ReadPacketTimes(analysis.Json).Order().ToArray();
        return times.Length == 0 || analysis.PrimaryVideoStream is not { Width: { } width, Height: { } height }
            ? null
            : new SegmentFacts(
                analysis.Duration, times[^1] - times[0], times.Length, width, height, FindHoles(times, frameInterval));
    }

    private static IEnumerable<TimeSpan> ReadPacketTimes(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("packets", out var packets))
        {
            yield break;
        }

        foreach (var packet in packets.EnumerateArray())
        {
            if (packet.TryGetProperty("pts_time", out var time))
            {
                yield return TimeSpan.Parse(time.GetString()!, CultureInfo.InvariantCulture);
            }
        }
    }

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
