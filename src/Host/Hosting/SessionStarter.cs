using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Text;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Hosting;

/// <summary>What came of a start.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="AlreadyRunning">Whether an agent recorded it before.</param>
/// <param name="Report">Whether recording began, and if not, why.</param>
/// <param name="NotRecorded">Why the policy leaves this session alone; null where it does not.</param>
internal sealed record StartResult(string SessionId, bool AlreadyRunning, StartReport Report, string? NotRecorded = null);

/// <summary>Starts an agent for a session, and waits for its first frame to be on disk.</summary>
/// <param name="host">Its parts.</param>
/// <param name="response">What happens to a session that cannot be recorded.</param>
internal sealed class SessionStarter(RecorderHost host, FailureResponse response)
{
    /// <summary>What the agent gets less than the command, so that its answer arrives in time.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan HeldPoll = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ConnectPoll = TimeSpan.FromMilliseconds(10);

    /// <summary>Starts recording, or finds that it is being recorded already.</summary>
    /// <param name="platformName">The platform, or null for the configured one.</param>
    /// <param name="sessionId">The session's id, or null to make one.</param>
    /// <param name="timeout">How long to wait for the session and its first frame together.</param>
    /// <param name="cancellationToken">Ends the wait; an agent that was launched goes on.</param>
    /// <exception cref="RecorderException">There is no session, or no agent could be launched.</exception>
    public Task<StartResult> StartAsync(
        string? platformName, string? sessionId, TimeSpan timeout, CancellationToken cancellationToken) =>
        StartAsync(platformName, new SessionQuery(sessionId), session => session, timeout, cancellationToken);

    /// <summary>Starts recording a session that the caller knows, or finds that it is being recorded already.</summary>
    /// <param name="platformName">The platform, or null for the configured one.</param>
    /// <param name="query">Which session, and the id to give it.</param>
    /// <param name="pin">Puts what the caller knows of the session in the place of what the platform says.</param>
    /// <param name="timeout">How long to wait for the session and its first frame together.</param>
    /// <param name="cancellationToken">Ends the wait; an agent that was launched goes on.</param>
    /// <exception cref="RecorderException">There is no session, or no agent could be launched.</exception>
    public async Task<StartResult> StartAsync(
        string? platformName,
        SessionQuery query,
        Func<UserSession, UserSession> pin,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var sessionId = query.Id;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        var startedAt = DateTimeOffset.UtcNow;
        var broken = FindBrokenPlugin();
        var platform = await host.SelectPlatformAsync(platformName, cancellationToken);
        var (session, startLock, running) = await ChooseAsync(platform, query, pin, timeout, deadline.Token);
        using var held = startLock;
        if (host.Policy.ReasonAgainst(session, platform.Name) is { } reason)
        {
            return new StartResult(session.Id, AlreadyRunning: false, new StartReport(false, null, null, Commands.ExitCode.Done), reason);
        }

        try
        {
            broken?.Throw();
            var result = running is not null
                ? new StartResult(running, AlreadyRunning: true, await AskForFirstFrameAsync(running, null, timeout, deadline.Token))
                : await StartAsync(platform, session, startedAt, isIdGiven: sessionId is not null, timeout, deadline.Token, cancellationToken);
            return result.Report is { Recording: false, IsUserAway: false } && !cancellationToken.IsCancellationRequested
                ? result with { Report = await RespondAsync(session, result.Report) }
                : result;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (await response.RunAsync(session, e.Message) is { } done)
            {
                throw new UnrecordedSessionException(e, done);
            }

            throw;
        }
    }

    /// <summary>
    /// What is wrong with a plugin is told before there is a session; unless that session is to be ended for it, and has to be
    /// known first.
    /// </summary>
    private ExceptionDispatchInfo? FindBrokenPlugin()
    {
        try
        {
            host.CheckPlugins();
            return null;
        }
        catch (RecorderException e) when (response.LogsOff)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    private async Task<StartReport> RespondAsync(UserSession session, StartReport report) =>
        await response.RunAsync(session, report.Error ?? "") is { } done ? report with { Error = $"{report.Error?.TrimEnd('.')}; {done}" } : report;

    private async Task<StartResult> StartAsync(
        IPlatform platform,
        UserSession session,
        DateTimeOffset startedAt,
        bool isIdGiven,
        TimeSpan timeout,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        if (!isIdGiven)
        {
            session = session with { Id = new UsedIds(host.Spool).Take(session.Id, session.SystemSession) };
        }

        // Until the agent has answered, it may not have the session yet, and recovery must not take it for an orphan.
        using var spool = await PrepareSpoolAsync(platform, session, startedAt, isIdGiven, deadline);
        using var agent = await LaunchAsync(session, cancellationToken);
        var report = await AskForFirstFrameAsync(session.Id, agent, timeout - (DateTimeOffset.UtcNow - startedAt), deadline);
        if (report.AgentEnds)
        {
            await WaitForEndAsync(agent);
        }

        return new StartResult(session.Id, AlreadyRunning: false, report);
    }

    /// <summary>Finds the session to record, and keeps other starts from it.</summary>
    /// <remarks>
    /// Scripts of several sessions run at the same moment and may all be given the same one. Whoever finds that another was
    /// faster asks once more, and is given the next; so each session gets its recording.
    /// </remarks>
    /// <returns>The session, what keeps others from it until disposed, and the id under which it is recorded already, or null.</returns>
    private async Task<(UserSession Session, IDisposable Lock, string? Running)> ChooseAsync(
        IPlatform platform,
        SessionQuery query,
        Func<UserSession, UserSession> pin,
        TimeSpan timeout,
        CancellationToken deadline)
    {
        while (true)
        {
            var recorded = new RunningAgents(host).Held().Select(held => held.SystemSession).ToArray();
            var session = pin(await SessionWait.ForAsync(platform, query with { Recorded = recorded }, timeout, deadline));
            var startLock = await TakeStartLockAsync(session.SystemSession, deadline);
            try
            {
                var running = await FindRunningAsync(session, query.Id, deadline);
                if (running is null || query.Id is not null || query.SystemSession is not null || recorded.Contains(session.SystemSession))
                {
                    return (session, startLock, running);
                }
            }
            catch
            {
                await startLock.DisposeAsync();
                throw;
            }

            await startLock.DisposeAsync();
        }
    }

    /// <summary>Two starts at once for one display must not end in two agents.</summary>
    private async Task<FileStream> TakeStartLockAsync(string systemSession, CancellationToken deadline)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(systemSession)))[..16];
        var path = Path.Combine(host.Spool.Path, $".start-{name}.lock");
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException) when (!deadline.IsCancellationRequested)
            {
                await Task.Delay(ConnectPoll, deadline);
            }
        }
    }

    /// <summary>The session that is recorded already where this one would be.</summary>
    /// <remarks>
    /// An agent that only delivers what it had, or that does not answer, records nothing: then another is started, for two
    /// recordings are better than none.
    /// </remarks>
    private async Task<string?> FindRunningAsync(UserSession session, string? sessionId, CancellationToken cancellationToken)
    {
        var agents = new RunningAgents(host);
        foreach (var held in agents.Held().Where(held => IsRecordingOf(held, session, sessionId)))
        {
            if (await agents.AskAsync(held.SessionId, cancellationToken) is { IsStopping: false })
            {
                return held.SessionId;
            }
        }

        return null;
    }

    /// <summary>The agent of the user before may still hold on for seconds: it is no recording of the next user at its place.</summary>
    internal static bool IsRecordingOf(SessionDocument held, UserSession session, string? sessionId) =>
        held.SessionId == sessionId
        || (held.SystemSession == session.SystemSession && !SessionUser.IsOther(held.UserId, session.UserId));

    /// <summary>A new session gets its folder; one whose recorder died is there and will be continued by the agent.</summary>
    /// <returns>What keeps the session for its agent until disposed.</returns>
    private async Task<IDisposable> PrepareSpoolAsync(
        IPlatform platform, UserSession session, DateTimeOffset startedAt, bool isIdGiven, CancellationToken deadline)
    {
        var document = await SessionFactory.DescribeAsync(platform, session, host.Options.KeyPrefix, startedAt, deadline);
        var isNew = host.Spool.ReadDocument(session.Id) is null;
        if (isNew && isIdGiven)
        {
            await SessionFactory.ThrowIfStoredAsync(document, host.CreateSinks(), deadline);
        }

        var held = await HoldAsync(session.Id, deadline);
        try
        {
            if (host.Spool.ReadDocument(session.Id) is null)
            {
                host.Spool.Create(document).Dispose();
            }
            else
            {
                await ThrowIfClosedAsync(session.Id, deadline);
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private async Task<IDisposable> HoldAsync(string sessionId, CancellationToken deadline)
    {
        while (true)
        {
            if (host.Spool.TryHoldForStart(sessionId) is { } held)
            {
                return held;
            }

            await PauseAsync(sessionId, deadline);
        }
    }

    /// <summary>Waits for a process that still has the session, and refuses one whose account is closed.</summary>
    private async Task ThrowIfClosedAsync(string sessionId, CancellationToken deadline)
    {
        while (true)
        {
            using (var existing = host.Spool.TryAcquire(sessionId))
            {
                if (existing is not null && existing.Read(account => account.Seal) is null)
                {
                    return;
                }

                if (existing is not null || host.Spool.ReadDocument(sessionId) is null)
                {
                    throw new SpoolException(
                        $"the session {sessionId} is closed already",
                        isTransient: false,
                        "start under another --session id; `session-recorder recover` delivers what waits in the spool");
                }
            }

            await PauseAsync(sessionId, deadline);
        }
    }

    private static async Task PauseAsync(string sessionId, CancellationToken deadline)
    {
        try
        {
            await Task.Delay(HeldPoll, deadline);
        }
        catch (OperationCanceledException)
        {
            throw new SpoolException(
                $"the session {sessionId} is held by another process, which closes or recovers it",
                isTransient: true,
                "start under another --session id, or when that process has ended");
        }
    }

    private async Task<ILaunchedProcess> LaunchAsync(UserSession session, CancellationToken cancellationToken)
    {
        List<string> arguments = ["record", "--agent", session.Id];
        if (host.Configuration.File is { } file)
        {
            arguments.AddRange(["--config", Path.GetFullPath(file)]);
        }

        foreach (var name in session.Environment.Keys)
        {
            arguments.AddRange(["--session-variable", name]);
        }

        return await host.CreateLauncher().LaunchAsync(
            new LaunchRequest(Environment.ProcessPath!, arguments, session), cancellationToken);
    }

    private async Task<StartReport> AskForFirstFrameAsync(
        string sessionId, ILaunchedProcess? agent, TimeSpan patience, CancellationToken deadline)
    {
        using var polling = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        var exited = agent?.WaitForExitAsync(polling.Token);
        var asked = Stopwatch.GetTimestamp();
        try
        {
            while (exited is not { IsCompletedSuccessfully: true })
            {
                if (await ControlChannel.TryConnectAsync(host.ControlPathOf(sessionId), deadline) is { } channel)
                {
                    using (channel)
                    {
                        // What it took to be there counts, or its answer comes when nobody waits for it any more.
                        var forAgent = patience - Stopwatch.GetElapsedTime(asked) - AnswerTime;
                        return await channel.WaitForFirstFrameAsync(Math.Max(0.1, forAgent.TotalSeconds)).WaitAsync(deadline);
                    }
                }

                await Task.Delay(ConnectPoll, deadline);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new StartReport(
                false,
                $"the agent of session {sessionId} did not answer in time",
                $"see its log in {SessionLogs.FolderOf(host.Options.DataDirectory)}",
                Commands.ExitCode.Failed);
        }
        catch (Exception e) when (e is StreamJsonRpc.ConnectionLostException or IOException)
        {
            // It ended while it was asked; its last words say why.
        }
        finally
        {
            await polling.CancelAsync();
        }

        return agent is null ? Vanished(sessionId) : await LastWordsAsync(sessionId, agent);
    }

    /// <summary>An agent that cannot record ends by itself; when this command has ended, so has it.</summary>
    private static async Task WaitForEndAsync(ILaunchedProcess agent)
    {
        using var patience = new CancellationTokenSource(EndTime);
        await agent.WaitForExitAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private async Task<StartReport> LastWordsAsync(string sessionId, ILaunchedProcess agent)
    {
        using var patience = new CancellationTokenSource(EndTime);
        (int? exitCode, string words) = (null, "");
        try
        {
            (exitCode, words) = await agent.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It hung up and goes on: there are no last words yet.
        }

        var line = words.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        return line is null
            ? Vanished(sessionId)
            : new StartReport(false, StripProgramName(line), null, exitCode is null or 0 ? Commands.ExitCode.Failed : exitCode.Value, AgentEnds: true);
    }

    private StartReport Vanished(string sessionId) => new(
        false,
        $"the agent of session {sessionId} ended before its first frame",
        $"see its log in {SessionLogs.FolderOf(host.Options.DataDirectory)}",
        Commands.ExitCode.Failed);

    private static string StripProgramName(string line)
    {
        const string Prefix = "session-recorder: error: ";
        return line.StartsWith(Prefix, StringComparison.Ordinal) ? line[Prefix.Length..] : line;
    }
}
