using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Host.Service;

/// <summary>Follows who logs on and off; where the service watches by itself, starts and stops recordings with it.</summary>
/// <param name="recordings">The sessions.</param>
/// <param name="desktops">Who logs on and off.</param>
/// <param name="keeper">Is told of who logs off.</param>
/// <param name="records">Whether each session is recorded (<c>Service:Watch</c>).</param>
/// <param name="grace">How long a session may be gone before it is over, as its agent has it too.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Takes what it does.</param>
internal sealed partial class SessionWatch(
    IRecordings recordings,
    IDesktopSessions desktops,
    AgentKeeper keeper,
    bool records,
    TimeSpan grace,
    TimeProvider time,
    ILogger<SessionWatch> logger)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(55);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(10);

    /// <summary>How long the next user waits for the end of the recording before: to be asked for, not to be delivered.</summary>
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DesktopSession Desktop, CancellationTokenSource LoggedOff, Task Work)> _sessions = [];
    private readonly Dictionary<string, Absence> _away = [];
    private readonly List<Task> _ending = [];

    /// <summary>Watches until cancelled; recordings that run go on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var change in desktops.WatchAsync(cancellationToken))
                {
                    lock (_lock)
                    {
                        Follow(change, cancellationToken);
                    }
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogBlind(e.Message);
                await Task.Delay(WatchPause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The end was asked for.
            }
        }

        await Task.WhenAll([.. _sessions.Values.Select(session => session.Work), .. _ending]);
    }

    private void Follow(SessionChange change, CancellationToken cancellationToken)
    {
        var key = change.Session.SystemSession;
        switch (change.Kind)
        {
            case SessionChangeKind.LoggedOn:
                var before = Return(change.Session, cancellationToken);
                if (records && !_sessions.ContainsKey(key))
                {
                    var loggedOff = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    _sessions[key] = (change.Session, loggedOff, RecordAsync(change.Session, before, loggedOff.Token));
                }

                break;
            case SessionChangeKind.LoggedOff:
                _ending.RemoveAll(task => task.IsCompleted);
                var absence = new Absence(change.Session);
                _away[key] = absence;
                _ending.Add(LeaveAsync(absence, cancellationToken));
                break;
            default:
                // Locked, away or back: the agent in the session knows what that means for its recording.
                break;
        }
    }

    /// <summary>
    /// Somebody is at a place again: the same session, whose display server came back, or another user's. Who logged off while
    /// nobody could be followed is never told of: then the place is still the old session's.
    /// </summary>
    /// <returns>The end of what was recorded there of another user.</returns>
    private Task Return(DesktopSession session, CancellationToken cancellationToken)
    {
        _away.Remove(session.SystemSession, out var absence);
        absence?.End();
        var isKnown = _sessions.TryGetValue(session.SystemSession, out var known);
        if ((absence?.Session ?? known.Desktop) is { } previous && !SessionUser.IsSame(previous, session))
        {
            _ending.RemoveAll(task => task.IsCompleted);
            var ending = EndAsync(previous, cancellationToken);
            _ending.Add(ending);
            return ending;
        }

        if (isKnown && known.Work.IsCompleted)
        {
            // Its agent may have given up a moment ago; where it has not, nothing is started.
            _sessions[session.SystemSession] = (session, known.LoggedOff, RecordAsync(session, Task.CompletedTask, known.LoggedOff.Token));
        }

        return Task.CompletedTask;
    }

    private async Task LeaveAsync(Absence absence, CancellationToken cancellationToken)
    {
        await absence.WaitAsync(grace, time, cancellationToken);
        Task ending;
        lock (_lock)
        {
            if (!_away.TryGetValue(absence.Session.SystemSession, out var current) || current != absence)
            {
                return;
            }

            _away.Remove(absence.Session.SystemSession);
            ending = EndAsync(absence.Session, cancellationToken);
        }

        await ending;
    }

    /// <summary>Tries until it is recorded or its user has gone; from then on the keeper looks after the agent.</summary>
    private async Task RecordAsync(DesktopSession desktop, Task before, CancellationToken loggedOff)
    {
        await Task.Yield();

        // An agent that is told to end is no longer taken for a recording of this session; its delivery may take long.
        await before.WaitAsync(HandOver, time, loggedOff).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var backoff = new Backoff(time);
        while (!loggedOff.IsCancellationRequested)
        {
            try
            {
                if (backoff.TryBegin() && await StartAsync(desktop, loggedOff))
                {
                    return;
                }
            }
            catch (Exception e) when (!loggedOff.IsCancellationRequested)
            {
                LogNotStarted(desktop.SystemSession, desktop.User, e.Message);
            }
            catch (Exception e)
            {
                // Its user has gone, or the service ends: what a start that was cut off says is told, and what began is ended.
                LogNotStarted(desktop.SystemSession, desktop.User, e.Message);
                return;
            }

            await Task.Delay(Pause, time, loggedOff).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> StartAsync(DesktopSession desktop, CancellationToken loggedOff)
    {
        var result = await recordings.StartAsync(desktop, null, null, StartTimeout, loggedOff);
        if (result.Report.Recording)
        {
            LogStarted(desktop.SystemSession, desktop.User, result.SessionId);
            return true;
        }

        LogNotStarted(desktop.SystemSession, desktop.User, result.NotRecorded ?? result.Report.Error ?? "");

        // An agent that did not give up goes on trying by itself.
        return !result.Report.AgentEnds;
    }

    private Task EndAsync(DesktopSession desktop, CancellationToken cancellationToken)
    {
        _sessions.Remove(desktop.SystemSession, out var ended);
        return EndAsync(desktop, ended.LoggedOff, ended.Work ?? Task.CompletedTask, cancellationToken);
    }

    private async Task EndAsync(
        DesktopSession desktop, CancellationTokenSource? loggedOff, Task work, CancellationToken cancellationToken)
    {
        try
        {
            if (loggedOff is not null)
            {
                await loggedOff.CancelAsync();
                await work;
                loggedOff.Dispose();
            }

            if (records)
            {
                await StopAsync(desktop, cancellationToken);
            }

            keeper.Forget(desktop);
        }
        catch (Exception e) when (e is RecorderException or OperationCanceledException or IOException)
        {
            LogNotStopped(desktop.SystemSession, e.Message);
        }
    }

    private async Task StopAsync(DesktopSession desktop, CancellationToken cancellationToken)
    {
        foreach (var agent in await recordings.AskAgentsAsync(cancellationToken))
        {
            // The next user at this place may be recorded already.
            if (agent.SystemSession == desktop.SystemSession && !agent.IsStopping && !SessionUser.IsOther(agent.UserId, desktop.UserId))
            {
                var delivered = await recordings.StopAsync(agent.SessionId, StopTimeout, cancellationToken);
                LogStopped(agent.SessionId, delivered);
            }
        }
    }

    [LoggerMessage(EventId = 740, Level = LogLevel.Information, Message = "Session {SystemSession} of {User} is recorded as {SessionId}")]
    private partial void LogStarted(string systemSession, string user, string sessionId);

    [LoggerMessage(EventId = 741, Level = LogLevel.Error, Message = "Session {SystemSession} of {User} is not recorded: {Reason}")]
    private partial void LogNotStarted(string systemSession, string user, string reason);

    [LoggerMessage(EventId = 742, Level = LogLevel.Information, Message = "The user of session {SessionId} has logged off; delivered: {Delivered}")]
    private partial void LogStopped(string sessionId, bool delivered);

    [LoggerMessage(EventId = 743, Level = LogLevel.Warning, Message = "The recording of {SystemSession}, whose user has logged off, could not be ended: {Reason}")]
    private partial void LogNotStopped(string systemSession, string reason);

    [LoggerMessage(EventId = 744, Level = LogLevel.Error, Message = "Who logs on and off cannot be followed now: {Reason}")]
    private partial void LogBlind(string reason);
}
