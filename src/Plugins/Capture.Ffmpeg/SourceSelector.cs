using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Chooses how the screen is read, and remembers what failed. Thread-safe.</summary>
/// <remarks>
/// A better source is tried once before the first capture, which waits for it; from then on only beside a capture that
/// runs with the plain one, so that nothing is lost by trying. One that fails rests, each time twice as long.
/// </remarks>
internal sealed partial class SourceSelector(
    IOptions<FfmpegOptions> options, SourceTrial trial, ScreenSystem system, TimeProvider time, ILogger<SourceSelector> logger)
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(5);

    /// <summary>One that worked for so long failed for a reason of that moment: a UAC prompt, a change of the display.</summary>
    private static readonly TimeSpan HealthyAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Rest> _rests = [];
    private readonly HashSet<(string Source, string Desktop)> _proven = [];
    private volatile bool _hasChosen;

    /// <summary>What is tried before <see cref="Plain"/>, best first.</summary>
    /// <exception cref="CaptureException">The configured source is another system's.</exception>
    public IReadOnlyList<string> Better => system.Better(options.Value.Source);

    /// <summary>Every ffmpeg that captures here must have it.</summary>
    public string Plain => system.Plain;

    /// <summary>Windows' handles of the monitors, for a source that needs them.</summary>
    public IReadOnlyList<nint> MonitorHandles(CaptureRequest request, string source) => source == ScreenInput.Graphics
        ? [.. request.Regions.Select(region => system.MonitorAt(region.Bounds))]
        : [];

    /// <summary>Chooses the source for a capture that is about to start.</summary>
    /// <exception cref="CaptureException">The configured source is another system's.</exception>
    /// <exception cref="ChildProcessException">ffmpeg could not be started.</exception>
    public async Task<string> ChooseAsync(string program, CaptureRequest request, CancellationToken cancellationToken)
    {
        var isFirst = !_hasChosen;
        _hasChosen = true;
        foreach (var source in Candidates(request))
        {
            if (IsProven(source, request) || (isFirst && await TryAsync(program, request, source, cancellationToken)))
            {
                return source;
            }
        }

        return system.Plain;
    }

    /// <summary>Notes that a capture ended unasked.</summary>
    /// <param name="source">Its source.</param>
    /// <param name="lasted">How long it lasted.</param>
    public void TellFailed(string source, TimeSpan lasted)
    {
        if (!ScreenInput.IsFilter(source))
        {
            return;
        }

        lock (_lock)
        {
            if (lasted > HealthyAfter)
            {
                _rests.Remove(source);
            }

            _proven.RemoveWhere(proven => proven.Source == source);
            RestLocked(source);
        }
    }

    /// <summary>Waits until a source that is better than a running capture's works.</summary>
    /// <returns>That source; null when there is none to wait for.</returns>
    /// <exception cref="OperationCanceledException">The capture ended before.</exception>
    public async Task<string?> WaitForBetterAsync(
        string program, CaptureRequest request, string current, CancellationToken cancellationToken)
    {
        string[] better = [.. Candidates(request).TakeWhile(source => source != current)];
        while (better.Any(MayReturn))
        {
            foreach (var source in better.Where(MayReturn))
            {
                await Task.Delay(RestOf(source), time, cancellationToken);
                if (await TryAsync(program, request, source, cancellationToken))
                {
                    return source;
                }
            }
        }

        return null;
    }

    /// <summary>The sources that could show these regions, best first.</summary>
    /// <remarks>
    /// ddagrab numbers its outputs by itself, so with several nobody knows which is which; gfxcapture needs a monitor for
    /// each region, which the whole desktop of several monitors is not: the trial's size shows it.
    /// </remarks>
    private IEnumerable<string> Candidates(CaptureRequest request) => Better.Where(source =>
        source == ScreenInput.Duplication ? request.Regions.Count == 1 : MonitorHandles(request, source).All(handle => handle != 0));

    private async Task<bool> TryAsync(string program, CaptureRequest request, string source, CancellationToken cancellationToken)
    {
        var result = await trial.RunAsync(program, request, source, MonitorHandles(request, source), cancellationToken);
        LogTried(source, result);
        lock (_lock)
        {
            if (result == TrialResult.Works)
            {
                _proven.Add((source, Desktop(request)));
                return true;
            }

            RestLocked(source, forGood: result == TrialResult.Absent);
            return false;
        }
    }

    private bool IsProven(string source, CaptureRequest request)
    {
        lock (_lock)
        {
            return _proven.Contains((source, Desktop(request)));
        }
    }

    private bool MayReturn(string source)
    {
        lock (_lock)
        {
            return !_rests.TryGetValue(source, out var rest) || !rest.ForGood;
        }
    }

    private TimeSpan RestOf(string source)
    {
        lock (_lock)
        {
            return _rests.TryGetValue(source, out var rest) ? rest.Length : FirstRest;
        }
    }

    private void RestLocked(string source, bool forGood = false)
    {
        var length = _rests.TryGetValue(source, out var before) ? 2 * before.Length : FirstRest;
        _rests[source] = new Rest(length < LongestRest ? length : LongestRest, forGood);
    }

    private static string Desktop(CaptureRequest request) => string.Join(' ', request.Regions.Select(region => region.Bounds));

    private readonly record struct Rest(TimeSpan Length, bool ForGood);

    [LoggerMessage(EventId = 210, Level = LogLevel.Information, Message = "Reading the screen with {Source} was tried: {Result}")]
    private partial void LogTried(string source, TrialResult result);
}
