using System.CommandLine;
using System.Diagnostics;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Upload;
using StreamJsonRpc;

namespace SessionRecorder.Host.Commands;

/// <summary><c>stop</c>: ends recordings, delivers what is left, and tells the truth about it.</summary>
internal sealed class StopCommand : ICommandDefinition
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(55);

    /// <summary>What the agent gets less than the command, so that its answer arrives in time.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);

    /// <summary>How long an agent that has answered may take to end.</summary>
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    private readonly Option<TimeSpan?> _timeout = DurationOption.Create(
        "--timeout", "The deadline for delivery", TimeSpan.FromSeconds(2), TimeSpan.FromHours(24), DefaultTimeout);

    private readonly Option<string?> _session = SessionOptions.Id("The session to stop; without it, the only one that is recorded");
    private readonly Option<bool> _all = new("--all") { Description = "Stop every session that is recorded on this machine" };

    private readonly Option<string?> _platform = new("--platform")
    {
        Description = "Stop the session that this platform's hook runs for, and no other: auto, appstream, workspaces, ec2, local",
        HelpName = "NAME",
    };

    private readonly Option<bool> _left = new("--left")
    {
        Description = "Stop the sessions that are over or disconnected, and no other: for a task at logoff or disconnect",
    };

    public Command Build(CommandServices services)
    {
        var command = new CommandWithExamples(
            "stop",
            "Stop recording, and deliver what is left within the deadline. What remains stays in the spool, with exit code 4.",
            ("stop", "the session that is recorded"),
            ("stop --session exam-17", "one of several"),
            ("stop --all --timeout 30s", "all of them, within 30 seconds"),
            ("stop --platform auto", "in a hook that runs when a session ends: that session alone"),
            ("stop --left", "in a task that runs after a logoff or disconnect"));
        foreach (var option in (Option[])[_session, _all, _platform, _left, _timeout, services.Json])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(_left) && (result.GetValue(_session) is not null || result.GetValue(_all) || result.GetValue(_platform) is not null))
            {
                result.AddError("--left chooses the sessions by itself; leave out --session, --all and --platform");
            }
        });

        services.Run(command, RunAsync);
        return command;
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var host = new RecorderHost(context.LoadConfiguration(), context.Loggers);
        var timeout = context.Arguments.GetValue(_timeout) ?? DefaultTimeout;
        var isNamed = context.Arguments.GetValue(_session) is not null;
        var running = isNamed ? [] : await new RunningAgents(host).ListAsync(cancellationToken);

        // Before any is stopped: one that is, is none that a recorder left behind.
        var isLeft = context.Arguments.GetValue(_left);
        var isOver = isLeft || context.Arguments.GetValue(_platform) is not null
            ? await new EndingSessions(host).FindOverAsync(cancellationToken)
            : _ => false;

        // Where it is not the end of the machine, a session that goes on gets its agent again.
        Func<string, bool> isWanted = isLeft ? isOver : _ => true;
        if (!isNamed && running.Count == 0 && host.Spool.ListIds().Any(id => !host.Spool.IsHeld(id) && isWanted(id)))
        {
            // An agent died, and the end of the session may be the last chance to deliver what it had.
            return StopOutput.Write(context, await RecoverAsync(host, context, isWanted, timeout, cancellationToken));
        }

        if (running.Count == 0 && await FindExceptedAsync(host, context, cancellationToken) is { } excepted)
        {
            context.Output.WriteLine($"not recorded: {excepted}");
            return StopOutput.Write(context, []);
        }

        var sessions = await ChooseAsync(host, context, running, cancellationToken);
        string[] leftBehind = [.. host.Spool.ListIds().Where(id => !host.Spool.IsHeld(id) && isOver(id))];
        if (sessions.Count + leftBehind.Length == 0)
        {
            return StopOutput.Write(context, []);
        }

        var stopped = await context.Output.ShowProgressAsync("stopping", async progress =>
        {
            progress.Report(string.Join(", ", sessions.Concat(leftBehind)));
            var recovering = leftBehind.Length > 0 ? DeliverAsync(host, leftBehind.Contains, _ => { }, timeout, cancellationToken) : Task.FromResult<StoppedSession[]>([]);
            StoppedSession[] own = await Task.WhenAll(sessions.Select(session => StopAsync(host, session, timeout, cancellationToken)));
            return (StoppedSession[])[.. own, .. await recovering];
        });
        return StopOutput.Write(context, stopped);
    }

    /// <summary>A hook that has nothing to do, because nobody was to be recorded, has not failed: AppStream would tell the user so.</summary>
    private async Task<string?> FindExceptedAsync(RecorderHost host, CommandContext context, CancellationToken cancellationToken) =>
        context.Arguments.GetValue(_session) is null && context.Arguments.GetValue(_platform) is { } platform
            ? await new EndingSessions(host).FindExceptedAsync(platform, cancellationToken)
            : null;

    private static async Task<IReadOnlyList<StoppedSession>> RecoverAsync(
        RecorderHost host, CommandContext context, Func<string, bool> isWanted, TimeSpan timeout, CancellationToken cancellationToken)
    {
        context.Output.WriteLine("no session is being recorded any more; what its recorder left behind is delivered");
        return await context.Output.ShowProgressAsync("recovering", progress =>
            DeliverAsync(host, isWanted, session => progress.Report(session), timeout, cancellationToken));
    }

    /// <summary>Delivers what agents that died left behind: the end of a session may be the last chance, for others' too.</summary>
    private static async Task<StoppedSession[]> DeliverAsync(
        RecorderHost host, Func<string, bool> isWanted, Action<string> tell, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout - AnswerTime);
        var recovered = await host.CreateRecovery(Delivery.ShortLogPatience).RunAsync(session => tell(session.SessionId), deadline.Token, isWanted);
        return
        [
            .. recovered.Select(session => new StoppedSession(
                new StopReport(session.SessionId, session.Delivered, session.Segments, session.Gaps, session.Seconds, session.Sinks)
                {
                    IsLogWaiting = session.LogWaiting,
                },
                null)),
        ];
    }

    /// <summary>
    /// A session that is named is asked whatever its agent does; of the others, those that have an agent: one that is being
    /// recovered is held by a process too, and is not recorded.
    /// </summary>
    private async Task<IReadOnlyList<string>> ChooseAsync(
        RecorderHost host, CommandContext context, IReadOnlyList<string> running, CancellationToken cancellationToken)
    {
        if (context.Arguments.GetValue(_session) is { } id)
        {
            return new RunningAgents(host).Held().Any(session => session.SessionId == id)
                ? [id]
                : throw new CommandException(
                    ExitCode.NothingToActOn, $"no session {id} is being recorded", "`session-recorder status` shows which are");
        }

        if (context.Arguments.GetValue(_left) && running.Count > 0)
        {
            var left = await new EndingSessions(host).FindLeftAsync(running, cancellationToken);
            context.Output.WriteLine(left.Count > 0
                ? $"over or disconnected: {string.Join(", ", left)}"
                : $"recorded are {string.Join(", ", running)}, and none of their sessions is over or disconnected");
            return left;
        }

        if (context.Arguments.GetValue(_platform) is { } platform && running.Count > 0 && !context.Arguments.GetValue(_all))
        {
            var ending = await new EndingSessions(host).FindAsync(platform, running, cancellationToken);
            context.Output.WriteLine(ending.Count > 0
                ? $"ending: {string.Join(", ", ending)}"
                : $"recorded are {string.Join(", ", running)}, and which of the machine's sessions ends cannot be told: each recording ends with its own session");
            return ending;
        }

        return running.Count switch
        {
            0 => throw new CommandException(ExitCode.NothingToActOn, "no session is being recorded", "start one with `session-recorder start`"),
            > 1 when !context.Arguments.GetValue(_all) => throw CommandException.Usage(
                $"several sessions are being recorded: {string.Join(", ", running)}", "name one with --session, or stop all with --all"),
            _ => running,
        };
    }

    /// <summary>Whoever has stopped a recording may start another, or end the machine: the agent is to be gone by then.</summary>
    private static async Task WaitForEndAsync(int agent, CancellationToken deadline)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        patience.CancelAfter(EndTime);
        try
        {
            using var process = Process.GetProcessById(agent);
            await process.WaitForExitAsync(patience.Token);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OperationCanceledException)
        {
            // It is gone, or will be: all that counts is stored and told.
            return;
        }
    }

    private static async Task<StoppedSession> StopAsync(
        RecorderHost host, string sessionId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            using var channel = await ControlChannel.TryConnectAsync(host.ControlPathOf(sessionId), deadline.Token);
            if (channel is not null)
            {
                var agent = (await channel.GetStatusAsync().WaitAsync(deadline.Token)).ProcessId;
                var report = await channel.StopAsync((timeout - AnswerTime).TotalSeconds).WaitAsync(deadline.Token);
                await WaitForEndAsync(agent, deadline.Token);
                return new StoppedSession(report, null);
            }
        }
        catch (Exception e) when (e is ConnectionLostException or IOException)
        {
            // The agent died over it; what it had is in the spool.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It does not answer.
        }

        // What stays can be told without the agent.
        var sinks = host.BacklogOf(sessionId)?.Sinks ?? [];
        return new StoppedSession(new StopReport(sessionId, false, 0, 0, 0, sinks), null, AgentAnswered: false);
    }
}
