using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Hosting;

/// <summary>Runs an agent in this process: in the foreground, or launched by <c>start</c>.</summary>
internal sealed partial class AgentProcess(RecorderHost host)
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
        var (from, cause) = await PrepareAsync(spool);
        var parts = new RecordingParts
        {
            Session = session,
            Spool = spool,
            Options = host.Options.Capture,
            SpoolLimit = host.Options.SpoolLimit?.Bytes,
            OnSpoolFull = host.Options.OnSpoolFull,
            Source = host.CreateCapture(),
            Display = host.CreateDisplay(session),
            Time = TimeProvider.System,
            Loggers = host.Loggers,
            OnSegment = () => { },
        };
        await using var agent = new Agent(parts, sinks, host.CreateRepair(), discardIfNothing);
        await using var interruption = interrupted.Register(() => agent.RequestStop(SignalTimeout));
        await using var control = new ControlServer(
            host.ControlPathOf(spool.Id), agent, host.Loggers.CreateLogger<ControlServer>());
        using var recovering = new CancellationTokenSource();
        var running = agent.RunAsync(from, cause);
        var orphans = RecoverOrphansAsync(agent, recovering.Token);
        var observing = onRunning(agent);
        try
        {
            return await running;
        }
        finally
        {
            await recovering.CancelAsync();
            await Task.WhenAll(orphans, observing);
        }
    }

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
