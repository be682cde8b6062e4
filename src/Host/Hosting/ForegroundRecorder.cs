using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Hosting;

/// <summary>Records in the foreground: <c>record</c>.</summary>
internal sealed class ForegroundRecorder(RecorderHost host)
{
    /// <summary>How long a display, or whatever else is missing, may take to appear.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(55);

    /// <summary>Records until the duration is over, or somebody stops it.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="observer">Watches from the first frame on.</param>
    /// <param name="cancellationToken">Ends the preparations, or the recording, which is then delivered.</param>
    /// <returns>The session and what became of it.</returns>
    /// <exception cref="RecorderException">Nothing could be recorded; then nothing is left behind either.</exception>
    public async Task<(SessionDocument Session, StopReport Report)> RunAsync(
        ForegroundRequest request, IForegroundObserver observer, CancellationToken cancellationToken)
    {
        var startedAt = DateTimeOffset.UtcNow;
        if (request.Output is { } folder)
        {
            await host.CreateFolderSinkAsync(folder, check: true, cancellationToken);
        }

        var sinks = request.Output is { } output ? host.SinksOf(output) : host.CreateSinks();
        var platform = await host.SelectPlatformAsync(request.Platform, cancellationToken);
        var session = await platform.WaitForSessionAsync(new SessionQuery(request.SessionId), cancellationToken);
        var document = await SessionFactory.DescribeAsync(
            platform, session, request.Output is null ? host.Options.KeyPrefix : "", startedAt, cancellationToken);
        if (request.SessionId is not null)
        {
            await SessionFactory.ThrowIfStoredAsync(document, sinks, cancellationToken);
        }

        var spool = host.Spool.Create(document);
        if (request.Output is not null)
        {
            OutputNote.Write(spool.Directory, request.Output);
        }

        RecorderException? nothing = null;
        try
        {
            var report = await new AgentProcess(host).RunAsync(
                spool,
                session,
                sinks,
                discardIfNothing: true,
                async agent =>
                    nothing = await SuperviseAsync(agent, request.Duration, () => observer.ObserveAsync(document, agent)),
                cancellationToken);
            return nothing is null ? (spool.Document, report) : throw nothing;
        }
        catch (RecorderException) when (nothing is not null)
        {
            throw nothing;
        }
    }

    /// <summary>Ends the recording when its time is over, or when it does not begin.</summary>
    /// <returns>Why it did not begin, or null.</returns>
    private static async Task<RecorderException?> SuperviseAsync(Agent agent, TimeSpan? duration, Func<Task> onStarted)
    {
        try
        {
            await agent.FirstFrame.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            agent.RequestStop(DeliveryTimeout);
            return agent.LastFailure ?? new CaptureException(
                "no frame was captured within 10 s", CaptureEnd.Failed, FailureScope.Session, isTransient: true, "see --verbose");
        }
        catch (Exception e) when (e is RecorderException or OperationCanceledException)
        {
            // It ended before it began; RunAsync says how.
            return e as RecorderException;
        }

        var observing = onStarted();
        if (duration is { } time)
        {
            var left = time - agent.Recorded;
            await Task.WhenAny(Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero), agent.Ended);
            agent.RequestStop(DeliveryTimeout);
        }

        await observing;
        return null;
    }
}

/// <summary>Watches a recording in the foreground.</summary>
internal interface IForegroundObserver
{
    /// <summary>Called when the first frame is on disk; goes on until the agent has ended.</summary>
    Task ObserveAsync(SessionDocument session, Agent agent);
}

/// <summary>What <c>record</c> was asked for.</summary>
/// <param name="Platform">The platform's name, or null for the configured one.</param>
/// <param name="SessionId">The session's id, or null to make one.</param>
/// <param name="Output">A folder to record to, instead of the configured sinks; or null.</param>
/// <param name="Duration">How long, or null until stopped.</param>
internal sealed record ForegroundRequest(string? Platform, string? SessionId, string? Output, TimeSpan? Duration);
