using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Host.Service;

/// <summary>Answers what is asked on the service's channel. Thread-safe, and never throws: a caller is told of everything.</summary>
/// <param name="recordings">Records.</param>
/// <param name="desktops">Says whose session is which.</param>
/// <param name="logger">Takes who asked for what.</param>
internal sealed partial class RequestHandler(IRecordings recordings, IDesktopSessions desktops, ILogger<RequestHandler> logger)
{
    private const string TooMany = "too many requests are being worked on";

    /// <summary>
    /// What one user may have under way, and all users together. Who hangs up ends a connection and not what it asked for, so
    /// counting connections alone would let a user pile up requests without end.
    /// </summary>
    private readonly ConnectionLimits _underWay = new(ofOne: 4, ofAll: 64);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    /// <summary>An unprivileged caller must not keep the service waiting for ever.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    /// <summary>What the agent gets less than the caller, so that the answer arrives in time.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);

    /// <summary>The answers for one connection.</summary>
    /// <param name="identify">Tells who is at its other end; null where that is hidden.</param>
    public IServiceControl For(Func<Caller?> identify) => new Connection(this, identify);

    private async Task<RecordAnswer> RecordAsync(Func<Caller?> identify, RecordRequest request)
    {
        try
        {
            if (identify() is not { } caller)
            {
                return RecordAnswer.No(ExitCode.Usage, "the service was not told who asks", "let it know who you are");
            }

            return await CountAsync(
                caller,
                () => ChooseAndStartAsync(caller, request),
                () => RecordAnswer.No(ExitCode.Failed, TooMany, "wait for their answers, and ask again"));
        }
        catch (Exception e)
        {
            LogFailed(e);
            var remedy = (e as RecorderException)?.Remedy;
            return RecordAnswer.No(e is PlatformException ? ExitCode.NothingToActOn : ExitCode.Failed, e.Message, remedy);
        }
    }

    private async Task<RecordAnswer> ChooseAndStartAsync(Caller caller, RecordRequest request)
    {
        var sessions = await desktops.ListAsync(CancellationToken.None);
        var (desktop, refusal) = RequestRules.Choose(caller, request, sessions);
        if (desktop is null)
        {
            LogRefused(caller.UserId, refusal!.Error!);
            return refusal;
        }

        return await StartAsync(caller, desktop, request);
    }

    private async Task<T> CountAsync<T>(Caller caller, Func<Task<T>> answer, Func<T> refuse)
    {
        if (caller.IsAdministrator)
        {
            return await answer();
        }

        if (!_underWay.TryEnter(caller.UserId))
        {
            return refuse();
        }

        try
        {
            return await answer();
        }
        finally
        {
            _underWay.Leave(caller.UserId);
        }
    }

    private async Task<RecordAnswer> StartAsync(Caller caller, DesktopSession desktop, RecordRequest request)
    {
        var asked = double.IsFinite(request.TimeoutSeconds) ? request.TimeoutSeconds : 0;
        var timeout = TimeSpan.FromSeconds(Math.Clamp(asked, ShortestWait.TotalSeconds, LongestWait.TotalSeconds));
        var result = await recordings.StartAsync(
            desktop, request.SessionId, request.Platform, timeout - AnswerTime, CancellationToken.None);
        LogStarted(caller.UserId, desktop.SystemSession, result.SessionId, result.Report.Recording);
        return new RecordAnswer(
            result.SessionId,
            result.AlreadyRunning,
            result.Report.Recording,
            result.Report.Error,
            result.Report.Remedy,
            result.Report.ExitCode,
            result.NotRecorded);
    }

    private async Task<OwnSessionsAnswer> GetOwnSessionsAsync(Func<Caller?> identify)
    {
        try
        {
            if (identify() is not { } caller)
            {
                return new OwnSessionsAnswer([], "the service was not told who asks");
            }

            return await CountAsync(caller, () => DescribeOwnAsync(caller), () => new OwnSessionsAnswer([], TooMany));
        }
        catch (Exception e)
        {
            LogFailed(e);
            return new OwnSessionsAnswer([], e.Message);
        }
    }

    private async Task<OwnSessionsAnswer> DescribeOwnAsync(Caller caller)
    {
        var own = RequestRules.Own(caller, await desktops.ListAsync(CancellationToken.None));
        var agents = await recordings.AskAgentsAsync(CancellationToken.None);
        return new OwnSessionsAnswer([.. own.Select(session => new OwnSession(
            session.SystemSession,
            agents.Any(agent => agent.SystemSession == session.SystemSession && !agent.IsStopping)))]);
    }

    private sealed class Connection(RequestHandler handler, Func<Caller?> identify) : IServiceControl
    {
        public Task<RecordAnswer> RecordAsync(RecordRequest request) => handler.RecordAsync(identify, request);

        public Task<OwnSessionsAnswer> GetOwnSessionsAsync() => handler.GetOwnSessionsAsync(identify);
    }

    [LoggerMessage(EventId = 710, Level = LogLevel.Information, Message = "User {User} asked for a recording of {SystemSession}: session {SessionId}, recording: {Recording}")]
    private partial void LogStarted(string user, string systemSession, string sessionId, bool recording);

    [LoggerMessage(EventId = 711, Level = LogLevel.Warning, Message = "User {User} was refused: {Reason}")]
    private partial void LogRefused(string user, string reason);

    [LoggerMessage(EventId = 712, Level = LogLevel.Error, Message = "A request could not be answered")]
    private partial void LogFailed(Exception exception);
}
