using System.Globalization;

namespace SessionRecorder.Plugins;

/// <summary>What a trial of a source showed.</summary>
internal enum TrialResult
{
    /// <summary>It gave a picture of each region, in its size.</summary>
    Works,

    /// <summary>It gave none, or another one: now, and perhaps not later.</summary>
    Fails,

    /// <summary>This ffmpeg does not have it.</summary>
    Absent,
}

/// <summary>Runs ffmpeg shortly, to see whether a source that is a filter gives a picture. Thread-safe.</summary>
/// <remarks>
/// Neither a version nor a list of filters tells: Desktop Duplication depends on the graphics driver, on the session, on
/// what else duplicates the output. The picture's size tells whether it is the right monitor: <c>ddagrab</c> names an
/// output by a number of its own.
/// </remarks>
internal sealed class SourceTrial(IProcessSupervisor supervisor)
{
    private const string SizeMark = "#dimensions ";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Tries a source.</summary>
    /// <param name="program">ffmpeg.</param>
    /// <param name="request">What would be captured.</param>
    /// <param name="source">The source.</param>
    /// <param name="monitorHandles">See <see cref="ScreenInput.Name"/>.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <exception cref="ChildProcessException">ffmpeg could not be started.</exception>
    public async Task<TrialResult> RunAsync(
        string program, CaptureRequest request, string source, IReadOnlyList<nint> monitorHandles, CancellationToken cancellationToken)
    {
        var start = new ProcessStart
        {
            FileName = program,
            Arguments =
            [
                "-hide_banner", "-nostdin", "-loglevel", "error",
                "-f", "lavfi", "-i", ScreenInput.Name(request, source, monitorHandles),
                "-map", "0:v", "-frames:v", "1", "-f", "framecrc", "pipe:1",
            ],
            Environment = request.Session.Environment,
            LowPriority = true,
        };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        await using var process = supervisor.Start(start);
        var sizes = new string?[request.Regions.Count];
        var hasFrame = new bool[request.Regions.Count];
        try
        {
            await foreach (var line in process.ReadLinesAsync(limited.Token))
            {
                Read(line, sizes, hasFrame);
            }

            await process.Exited.WaitAsync(limited.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TrialResult.Fails;
        }

        return IsAbsent(process.ErrorTail) ? TrialResult.Absent
            : hasFrame.All(has => has) && sizes.SequenceEqual(request.Regions.Select(SizeOf)) ? TrialResult.Works
            : TrialResult.Fails;
    }

    /// <summary>framecrc writes <c>#dimensions 0: 1280x720</c> for a stream, and then a line <c>0, …</c> for a frame of it.</summary>
    private static void Read(string line, string?[] sizes, bool[] hasFrame)
    {
        var isSize = line.StartsWith(SizeMark, StringComparison.Ordinal);
        var parts = (isSize ? line[SizeMark.Length..] : line).Split([':', ','], 2);
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out var stream)
            && stream < sizes.Length)
        {
            hasFrame[stream] |= !isSize;
            sizes[stream] = isSize ? parts[1].Trim() : sizes[stream];
        }
    }

    private static string SizeOf(CaptureRegion region) =>
        string.Create(CultureInfo.InvariantCulture, $"{region.Bounds.Width}x{region.Bounds.Height}");

    // An option that it does not know makes it another filter than the one that is meant.
    private static bool IsAbsent(string error) =>
        error.Contains("No such filter", StringComparison.Ordinal)
        || error.Contains("Filter not found", StringComparison.Ordinal)
        || error.Contains("Option not found", StringComparison.Ordinal)
        || error.Contains("Unknown input format", StringComparison.Ordinal);
}
