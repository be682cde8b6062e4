using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Recording;

/// <summary>Notices that the session's user has done nothing for long, and that there is input again.</summary>
/// <remarks>In doubt the user is there: without an answer the recording goes on, and one line says why.</remarks>
/// <param name="activity">Tells of input; null where the display plugin cannot.</param>
/// <param name="timeout">After how long without input the session counts as idle; zero for never.</param>
/// <param name="onChange">Told whether it is idle, as long as this runs.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Where troubles go.</param>
internal sealed partial class IdleWatch(
    IUserActivity? activity, TimeSpan timeout, Action<bool> onChange, TimeProvider time, ILogger<IdleWatch> logger)
{
    private static readonly TimeSpan BusyPoll = TimeSpan.FromSeconds(1);

    /// <summary>Until the first input is noticed, nothing of what it does is recorded.</summary>
    private static readonly TimeSpan IdlePoll = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private string? _trouble;

    /// <summary>
    /// Watches from now on until cancelled. Time without input before this counts for nothing: a session that is recorded
    /// while nobody is there yet has its first frames all the same.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (timeout <= TimeSpan.Zero)
        {
            return;
        }

        if (activity is null)
        {
            LogUnknown("the display plugin does not tell");
            return;
        }

        var since = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var answer = await AskAsync(activity, cancellationToken);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            if (answer is not { } idle)
            {
                onChange(false);
                return;
            }

            var isIdle = Shorter(idle, time.GetElapsedTime(since)) >= timeout;
            onChange(isIdle);
            await Task.Delay(isIdle ? IdlePoll : BusyPoll, time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <returns>The time since the last input, zero where it is not known now; null where it never will be.</returns>
    private async Task<TimeSpan?> AskAsync(IUserActivity source, CancellationToken cancellationToken)
    {
        try
        {
            var idle = await source.GetIdleTimeAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
            _trouble = null;
            return idle;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e)
        {
            if (_trouble != e.Message)
            {
                _trouble = e.Message;
                LogUnknown(e.Message);
            }

            return e is RecorderException { IsTransient: false } ? null : TimeSpan.Zero;
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(EventId = 352, Level = LogLevel.Warning, Message = "Whether the session is idle is not known, and it is recorded on: {Reason}")]
    private partial void LogUnknown(string reason);
}
