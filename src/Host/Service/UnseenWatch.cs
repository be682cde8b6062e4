using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Sessions;

namespace SessionRecorder.Host.Service;

/// <summary>Tells in the service's log, once each, of sessions that nobody can record.</summary>
internal sealed partial class UnseenWatch(IUnseenSessions unseen, TimeProvider time, ILogger<UnseenWatch> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly HashSet<UnseenSession> _told = [];
    private string? _trouble;

    /// <summary>Looks now and then until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Tell(await unseen.ListUnseenAsync(cancellationToken));
                _trouble = null;
            }
            catch (Exception e) when (e is PlatformException || cancellationToken.IsCancellationRequested)
            {
                // Who follows the sessions says so; and the end was asked for.
            }
            catch (Exception e)
            {
                // Nobody else would say that nobody looks any more; until it is over it is said once.
                if (_trouble != e.Message)
                {
                    LogBlind(e);
                }

                _trouble = e.Message;
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(IReadOnlyList<UnseenSession> now)
    {
        foreach (var session in now.Where(session => !_told.Contains(session)))
        {
            LogUnseen(session.SystemSession, session.User, session.Reason);
        }

        _told.Clear();
        _told.UnionWith(now);
    }

    [LoggerMessage(EventId = 745, Level = LogLevel.Error, Message = "Session {SystemSession} of {User} cannot be recorded: {Reason}")]
    private partial void LogUnseen(string systemSession, string user, string reason);

    [LoggerMessage(EventId = 746, Level = LogLevel.Error, Message = "Whether there are sessions that cannot be recorded cannot be seen now")]
    private partial void LogBlind(Exception exception);
}
