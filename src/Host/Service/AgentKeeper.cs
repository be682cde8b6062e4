using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Host.Service;

/// <summary>
/// Gives sessions whose agent died their agent again as long as their user is logged on, and delivers the others.
/// </summary>
/// <param name="recordings">The sessions.</param>
/// <param name="desktops">Who is logged on.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Takes what it does.</param>
internal sealed partial class AgentKeeper(
    IRecordings recordings, IDesktopSessions desktops, TimeProvider time, ILogger<AgentKeeper> logger) : IAsyncDisposable
{
    /// <summary>How often is looked. Short: until the agent is back, nothing is recorded.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How often what could not be delivered is tried again.</summary>
    public static readonly TimeSpan DeliveryInterval = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a session must not be listed before it is given up: a display that answers late, or whose server comes back, is
    /// not listed at one look and is at the next.
    /// </summary>
    public static readonly TimeSpan AbsenceGrace = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(50);

    private readonly Dictionary<string, Backoff> _troubled = [];
    private readonly Dictionary<string, Task> _starting = [];
    private readonly Dictionary<string, long> _absentSince = [];
    private readonly HashSet<string> _ended = [];
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _delivering = Task.CompletedTask;
    private DateTimeOffset _deliverAt = DateTimeOffset.MinValue;
    private bool _isDesktopTrouble;
    private string? _trouble;

    /// <summary>Looks every second until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await LookAsync(cancellationToken);
                _trouble = null;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // A spool on a disk that went away comes back with the disk; until then it is said once.
                if (_trouble != e.Message)
                {
                    LogFailed(e);
                }

                _trouble = e.Message;
            }
        }
        while (await WaitAsync(timer, cancellationToken));
    }

    /// <summary>A session of the system's has ended: what was recorded in it does not go on in the next one there.</summary>
    public void Forget(DesktopSession desktop)
    {
        foreach (var id in recordings.ListIds().Where(id => !recordings.IsInHand(id)))
        {
            // The agent of the next user there may have died this moment: that session goes on.
            if (TryInspect(id) is { } session
                && session.SystemSession == desktop.SystemSession && !SessionUser.IsOther(session.UserId, desktop.UserId))
            {
                End(id);
            }
        }
    }

    /// <summary>Looks once, and begins what is to be done; it goes on beside.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var ids = recordings.ListIds();
        lock (_lock)
        {
            _ended.IntersectWith(ids);
        }

        foreach (var gone in _troubled.Keys.Except(ids).ToArray())
        {
            _troubled.Remove(gone);
        }

        string[] idle = [.. ids.Where(IsIdle)];
        foreach (var gone in _absentSince.Keys.Except(idle).ToArray())
        {
            _absentSince.Remove(gone);
        }

        IReadOnlyList<DesktopSession>? known = null;
        foreach (var id in idle)
        {
            if (TryInspect(id) is not { IsOpen: true } session)
            {
                End(id);
                continue;
            }

            known ??= await TryListAsync(cancellationToken);
            if (known is null)
            {
                break;
            }

            Decide(session, known);
        }

        Deliver();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll([.. _starting.Values, _delivering]);
        _stop.Dispose();
    }

    private bool IsIdle(string id)
    {
        if (recordings.IsInHand(id) || _starting.GetValueOrDefault(id) is { IsCompleted: false })
        {
            return false;
        }

        lock (_lock)
        {
            return !_ended.Contains(id);
        }
    }

    private void Decide(SpooledSession session, IReadOnlyList<DesktopSession> known)
    {
        // The name is compared too: another user may have logged on at the same place.
        var desktop = known.FirstOrDefault(d => d.SystemSession == session.SystemSession);
        if (desktop is null && IsAwayForMoments(session.Id))
        {
            return;
        }

        _absentSince.Remove(session.Id);
        if (desktop is null || (desktop.User != session.User && session.User.Length > 0))
        {
            End(session.Id);
            return;
        }

        if (!_troubled.TryGetValue(session.Id, out var backoff))
        {
            _troubled[session.Id] = backoff = new Backoff(time);
        }

        if (backoff.TryBegin())
        {
            _starting[session.Id] = RestartAsync(session.Id, desktop, backoff.Attempts);
        }
    }

    private bool IsAwayForMoments(string id)
    {
        _absentSince.TryAdd(id, time.GetTimestamp());
        return time.GetElapsedTime(_absentSince[id]) < AbsenceGrace;
    }

    private async Task RestartAsync(string id, DesktopSession desktop, int attempt)
    {
        LogRestarting(id, attempt);
        try
        {
            var result = await recordings.StartAsync(desktop, id, null, StartTimeout, _stop.Token);
            if (result.Report.Recording)
            {
                LogRestarted(id);
            }
            else
            {
                LogNotRestarted(id, result.NotRecorded ?? result.Report.Error ?? "");
            }

            if (result.NotRecorded is not null)
            {
                // The policy has changed meanwhile: what there is of it is delivered.
                End(id);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The agent, where it was launched, goes on without the service.
        }
        catch (Exception e)
        {
            LogNotRestarted(id, e.Message);
        }
    }

    private void End(string id)
    {
        lock (_lock)
        {
            // Delivered at once, and not at the next round.
            if (_ended.Add(id))
            {
                _deliverAt = DateTimeOffset.MinValue;
            }
        }
    }

    private void Deliver()
    {
        lock (_lock)
        {
            if (!_delivering.IsCompleted || _ended.Count == 0 || time.GetUtcNow() < _deliverAt)
            {
                return;
            }

            _deliverAt = time.GetUtcNow() + DeliveryInterval;
            string[] ended = [.. _ended];
            _delivering = DeliverAsync([.. ended]);
        }
    }

    private async Task DeliverAsync(HashSet<string> ended)
    {
        await Task.Yield();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        deadline.CancelAfter(DeliveryInterval);
        try
        {
            await recordings.RecoverAsync(ended.Contains, LogOutcome, deadline.Token);
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
    }

    private void LogOutcome(RecoveredSession session)
    {
        if (session is { Delivered: true, LogWaiting: true })
        {
            LogNotDelivered(session.SessionId, "its recording is delivered, and of its log a part is not");
        }
        else if (session.Delivered)
        {
            LogDelivered(session.SessionId, session.Segments);
        }
        else
        {
            LogNotDelivered(session.SessionId, session.Error ?? "");
        }
    }

    /// <summary>An unreadable session is not continued; recovery says what is wrong with it.</summary>
    private SpooledSession? TryInspect(string id)
    {
        try
        {
            return recordings.Inspect(id);
        }
        catch (Exception e) when (e is RecorderException or IOException or UnauthorizedAccessException)
        {
            LogUnreadable(id, e.Message);
            return null;
        }
    }

    /// <summary>While the system cannot be asked, nobody is taken for logged off.</summary>
    private async Task<IReadOnlyList<DesktopSession>?> TryListAsync(CancellationToken cancellationToken)
    {
        try
        {
            var known = await desktops.ListAsync(cancellationToken);
            _isDesktopTrouble = false;
            return known;
        }
        catch (PlatformException e)
        {
            if (!_isDesktopTrouble)
            {
                LogUnknownDesktops(e.Message);
            }

            _isDesktopTrouble = true;
            return null;
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(EventId = 720, Level = LogLevel.Warning, Message = "The agent of session {SessionId} has died, and is started again: attempt {Attempt}")]
    private partial void LogRestarting(string sessionId, int attempt);

    [LoggerMessage(EventId = 721, Level = LogLevel.Information, Message = "Session {SessionId} is recorded again")]
    private partial void LogRestarted(string sessionId);

    [LoggerMessage(EventId = 722, Level = LogLevel.Error, Message = "Session {SessionId} is not recorded: {Reason}")]
    private partial void LogNotRestarted(string sessionId, string reason);

    [LoggerMessage(EventId = 723, Level = LogLevel.Information, Message = "Session {SessionId}, left behind, is delivered; segments: {Segments}")]
    private partial void LogDelivered(string sessionId, int segments);

    [LoggerMessage(EventId = 724, Level = LogLevel.Warning, Message = "Session {SessionId} stays in the spool: {Reason}")]
    private partial void LogNotDelivered(string sessionId, string reason);

    [LoggerMessage(EventId = 725, Level = LogLevel.Error, Message = "Session {SessionId} cannot be read, and is left to recovery: {Reason}")]
    private partial void LogUnreadable(string sessionId, string reason);

    [LoggerMessage(EventId = 726, Level = LogLevel.Warning, Message = "Who is logged on is not known now, so no agent is restarted: {Reason}")]
    private partial void LogUnknownDesktops(string reason);

    [LoggerMessage(EventId = 727, Level = LogLevel.Error, Message = "The sessions in the spool could not be looked at")]
    private partial void LogFailed(Exception exception);
}
