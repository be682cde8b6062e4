using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Notices;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Service;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.SystemLog;
using SessionRecorder.Host.Telemetry;
using SessionRecorder.Host.Windowing;

namespace SessionRecorder.Host.Hosting;

/// <summary>Runs an agent in this process: in the foreground, or launched by <c>start</c>.</summary>
/// <param name="host">What it works with.</param>
/// <param name="log">The session's log; null where there is none.</param>
internal sealed partial class AgentProcess(RecorderHost host, SessionLog? log = null)
{
    private readonly ILogger _logger = host.Loggers.CreateLogger<AgentProcess>();

    /// <summary>What a machine that shuts down, or an operator with Ctrl-C, may be asked to wait for.</summary>
    private static readonly TimeSpan SignalTimeout = TimeSpan.FromSeconds(55);

    /// <summary>Records a session whose folder is in the spool until it is stopped.</summary>
    /// <param name="spool">The session; disposed when this returns.</param>
    /// <param name="session">The same, as the platform sees it.</param>
    /// <param name="sinks">Where it goes.</param>
    /// <param name="discardIfNothing">Whether a session without a single frame is forgotten.</param>
    /// <param name="onRunning">Called with the agent once it runs; what it returns is awaited before this returns.</param>
    /// <param name="interrupted">Asks for the end, as Ctrl-C and a shutdown do.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="RecorderException">Recording was impossible.</exception>
    public async Task<StopReport> RunAsync(
        SpoolSession spool,
        UserSession session,
        IReadOnlyDictionary<string, IStorageSink> sinks,
        bool discardIfNothing,
        Func<Agent, Task> onRunning,
        CancellationToken interrupted)
    {
        using var held = spool;
        using var narration = new SessionNarration(spool, host.Loggers);
        narration.Begin();
        var (from, cause) = await PrepareAsync(spool);
        var display = host.CreateDisplay(session);

        // Somebody's own folder, with --output: no more than that is configured for it.
        var isIntoFolder = OutputNote.Read(spool.Directory) is not null;
        var parts = new RecordingParts
        {
            Session = session,
            Spool = spool,
            Options = host.Options.Capture,
            SpoolLimit = host.Options.SpoolLimit?.Bytes,
            OnSpoolFull = host.Options.OnSpoolFull,
            Source = host.CreateCapture(),
            Display = display.Monitor,
            Activity = display.Activity,
            Notice = new SessionNotice(
                host.Options.Notice, display.Notice, session, spool, TimeProvider.System, host.Loggers.CreateLogger<SessionNotice>()),
            Sessions = host.Sessions,
            Time = TimeProvider.System,
            Loggers = host.Loggers,
            Log = log is { IsUploaded: true } ? log : null,
            Describe = spool.Document.Provisional ? token => DescribeAsync(spool, session, isIntoFolder, token) : null,
            OnSegment = () => { },

            // A folder on this machine is no safer than the spool on it.
            TailInterval = isIntoFolder ? TimeSpan.Zero : host.Options.TailInterval,
        };
        await using var agent = new Agent(parts, sinks, host.CreateRepair(), discardIfNothing);
        await using var interruption = interrupted.Register(() => agent.RequestStop(SignalTimeout));
        using var shutdown = SystemShutdown.Watch(agent);
        await using var control = new ControlServer(
            host.ControlPathOf(spool.Id), agent, host.Loggers.CreateLogger<ControlServer>());
        using var recovering = new CancellationTokenSource();
        using var ended = new CancellationTokenSource();
        await using var limit = LimitLength(agent, spool);
        using var telemetry = new SessionTelemetry(spool, () => agent.Queues);
        using var export = TelemetryExport.Start(host.Options.Telemetry, spool.Document);
        using var entries = new SessionEntries(SessionEntries.System(), spool);
        var running = agent.RunAsync(from, cause);
        var orphans = RecoverOrphansAsync(agent, recovering.Token);
        var beating = isIntoFolder ? Task.CompletedTask : BeatAsync(spool, sinks, agent, ended.Token);
        var observing = Task.WhenAll(onRunning(agent), TellOfStartAsync(agent, entries));
        try
        {
            var report = await running;
            entries.Ended(report);
            return report;
        }
        catch (Exception e)
        {
            entries.Failed(e);
            throw;
        }
        finally
        {
            await recovering.CancelAsync();
            await ended.CancelAsync();
            await Task.WhenAll(orphans, observing, beating);
            if (!discardIfNothing && agent is { GaveUp: true, FirstFrame.IsCompletedSuccessfully: true })
            {
                // Before the first frame it is for `start`, which waits for that, to act.
                await host.OnFailure.RunAsync(session, "its recording ended for good");
            }
        }
    }

    /// <summary>Ends the recording when the policy's longest session is over; counted from its start, whoever recorded then.</summary>
    private Timer? LimitLength(Agent agent, SpoolSession spool)
    {
        if (host.Options.Policy.LongestSession is not { Ticks: > 0 } longest)
        {
            return null;
        }

        var left = spool.Document.StartedAt + longest - DateTimeOffset.UtcNow;
        return new Timer(
            _ => agent.EndSession(SessionChangeName.LengthLimit, SignalTimeout),
            null,
            left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stores signs of life, at intervals and at the end.</summary>
    private Task BeatAsync(
        SpoolSession spool, IReadOnlyDictionary<string, IStorageSink> sinks, Agent agent, CancellationToken ended)
    {
        var interval = host.Options.Heartbeat.Interval;
        var sender = new HeartbeatSender(sinks, interval, TimeProvider.System, host.Loggers.CreateLogger<HeartbeatSender>());
        return sender.RunAsync(
            async () => SessionHeartbeat.Of(
                spool.Document,
                await agent.GetStatusAsync(),
                ended.IsCancellationRequested,
                host.Options.KeyPrefix,
                interval,
                DateTimeOffset.UtcNow),
            agent.FirstFrame,
            ended);
    }

    private static async Task TellOfStartAsync(Agent agent, SessionEntries entries)
    {
        await agent.FirstFrame.ContinueWith(_ => { }, TaskScheduler.Default);
        if (agent.FirstFrame.IsCompletedSuccessfully)
        {
            entries.Started();
        }
    }

    private async Task<SessionDocument> DescribeAsync(
        SpoolSession spool, UserSession session, bool isIntoFolder, CancellationToken cancellationToken) =>
        await SessionFactory.CompleteAsync(
            await host.SelectPlatformAsync(spool.Document.Platform, cancellationToken),
            session,
            spool.Document,
            isIntoFolder ? "" : host.Options.KeyPrefix,
            host.Options.MetadataTimeout,
            cancellationToken);

    /// <summary>A new session begins at its start; one whose recorder died goes on where its picture ends.</summary>
    private async Task<(DateTimeOffset From, string Cause)> PrepareAsync(SpoolSession spool)
    {
        var isNew = spool.Read(account => account.LastCapture is null && account.Gaps.Count == 0);
        if (isNew)
        {
            return (spool.Document.StartedAt, GapCause.Starting);
        }

        var end = await host.CreateRepair().RunAsync(spool, continues: true, CancellationToken.None);
        return (end, GapCause.RecorderDied);
    }

    /// <summary>What earlier sessions left behind is delivered beside this one's recording, once that has begun.</summary>
    private async Task RecoverOrphansAsync(Agent agent, CancellationToken cancellationToken)
    {
        try
        {
            await agent.FirstFrame.WaitAsync(cancellationToken);
            if (ServiceLock.IsTaken(host.Options.DataDirectory))
            {
                // The service delivers what is left behind, and knows which sessions get their agent again instead.
                return;
            }

            await host.CreateRecovery().RunAsync(session => LogRecovered(session.SessionId, session.Delivered), cancellationToken);
        }
        catch (Exception e)
        {
            // It is tried again by the next start, and by `recover`; this session's recording is not to suffer from it.
            if (e is not OperationCanceledException)
            {
                LogNotRecovered(e);
            }
        }
    }

    [LoggerMessage(EventId = 360, Level = LogLevel.Information, Message = "Session {SessionId}, left behind by another recorder, was recovered; delivered: {Delivered}")]
    private partial void LogRecovered(string sessionId, bool delivered);

    [LoggerMessage(EventId = 361, Level = LogLevel.Warning, Message = "What earlier sessions left behind could not be recovered now")]
    private partial void LogNotRecovered(Exception exception);
}
