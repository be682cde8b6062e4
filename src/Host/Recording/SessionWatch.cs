using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Recording;

/// <summary>Knows what becomes of the session that is recorded. Thread-safe.</summary>
/// <param name="sessions">The machine's sessions.</param>
/// <param name="systemSession">The recorded one. Where the system does not know it (a display of another machine), nothing is ever told.</param>
/// <param name="grace">
/// How long a session may be gone before it is over: a display server that crashed comes back within seconds.
/// </param>
/// <param name="onChange">Called for each change, in order, with its <see cref="SessionChangeName"/>.</param>
/// <param name="time">The time.</param>
/// <param name="logger">Where troubles go.</param>
internal sealed partial class SessionWatch(
    IDesktopSessions sessions, string systemSession, TimeSpan grace, Action<string> onChange, TimeProvider time, ILogger<SessionWatch> logger)
{
    /// <summary>How long a display server may be gone; Windows' sessions do not come back.</summary>
    public static readonly TimeSpan DefaultGrace = OperatingSystem.IsWindows() ? TimeSpan.Zero : TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionState _current = SessionState.Present;
    private DesktopSession? _known;
    private CancellationTokenSource? _leaving;

    /// <summary>The session's state; once it is over, it stays so.</summary>
    public SessionState Current => Read(() => _current);

    /// <summary>Completes at the next change of <see cref="Current"/>. Take it before looking at the current value.</summary>
    public Task Changed => Read(() => _changed.Task);

    /// <summary>Watches until cancelled. Never throws: without news the recording goes on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in sessions.WatchAsync(cancellationToken))
                {
                    Take(change, cancellationToken);
                }
            }
            catch (Exception e)
            {
                if (!cancellationToken.IsCancellationRequested)
                {
                    LogLost(e);
                }
            }

            await Task.Delay(Retry, time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }

        StopLeaving();
    }

    /// <summary>Asks the system now, for whoever cannot wait for the event; gives up after a second.</summary>
    public async Task<SessionState> RefreshAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(AnswerTime, time);
            var listed = await sessions.ListAsync(limit.Token).WaitAsync(limit.Token);
            if (listed.FirstOrDefault(IsOurs) is { } session)
            {
                Set(session);
            }
        }
        catch (Exception e) when (e is RecorderException or OperationCanceledException)
        {
            // What was known last has to do.
        }

        return Current;
    }

    /// <summary>The session is over, by somebody else's word. The first reason counts.</summary>
    /// <param name="reason">A <see cref="SessionChangeName"/>.</param>
    public void End(string reason) => Update(state => state with { Ended = state.Ended ?? reason }, reason);

    /// <summary>The user has done nothing for long, or is back. Thread-safe.</summary>
    public void SetIdle(bool isIdle) => Update(
        state => state with { IsIdle = isIdle }, isIdle ? SessionChangeName.Idle : SessionChangeName.Active);

    private void Take(SessionChange change, CancellationToken cancellationToken)
    {
        if (!IsOurs(change.Session))
        {
            return;
        }

        if (change.Kind == SessionChangeKind.LoggedOff)
        {
            Leave(cancellationToken);
            return;
        }

        StopLeaving();
        Set(change.Session);
    }

    /// <summary>Another user's session under the same name, later, is not the one that is recorded.</summary>
    private bool IsOurs(DesktopSession session) => Read(() =>
        session.SystemSession == systemSession && (_known is null || _known.UserId == session.UserId));

    private void Set(DesktopSession session)
    {
        Read(() => _known = session);
        Update(
            state => state with { IsConnected = session.IsConnected },
            session.IsConnected ? SessionChangeName.Connected : SessionChangeName.Disconnected);
        Update(
            state => state with { IsLocked = session.IsLocked },
            session.IsLocked ? SessionChangeName.Locked : SessionChangeName.Unlocked);
    }

    private void Leave(CancellationToken cancellationToken)
    {
        StopLeaving();
        if (grace == TimeSpan.Zero)
        {
            End(SessionChangeName.LoggedOff);
            return;
        }

        var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Read(() => _leaving = leaving);
        _ = Task.Delay(grace, time, leaving.Token).ContinueWith(
            _ => End(SessionChangeName.LoggedOff),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion,
            TaskScheduler.Default);
    }

    private void StopLeaving()
    {
        CancellationTokenSource? leaving;
        lock (_lock)
        {
            (leaving, _leaving) = (_leaving, null);
        }

        leaving?.Cancel();
        leaving?.Dispose();
    }

    private void Update(Func<SessionState, SessionState> update, string name)
    {
        lock (_lock)
        {
            var state = update(_current);
            if (state == _current || _current.Ended is not null)
            {
                return;
            }

            _current = state;
            LogChanged(name);

            // Under the lock, so that the changes stand in the ledger in their order.
            onChange(name);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private T Read<T>(Func<T> value)
    {
        lock (_lock)
        {
            return value();
        }
    }

    [LoggerMessage(EventId = 350, Level = LogLevel.Warning, Message = "The session cannot be watched at the moment")]
    private partial void LogLost(Exception exception);

    [LoggerMessage(EventId = 351, Level = LogLevel.Information, Message = "The session changed: {Change}")]
    private partial void LogChanged(string change);
}
