using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Notices;

/// <summary>Tells the session's user once that it is recorded, and the ledger what came of that. Never a reason not to record.</summary>
/// <param name="options">What to show.</param>
/// <param name="notice">Shows it; null where the display plugin cannot.</param>
/// <param name="session">Whose session it is.</param>
/// <param name="spool">Takes what came of it.</param>
/// <param name="time">Measures the plugin's patience.</param>
/// <param name="logger">Where troubles go.</param>
internal sealed partial class SessionNotice(
    NoticeOptions options, IUserNotice? notice, UserSession session, SpoolSession spool, TimeProvider time, ILogger<SessionNotice> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Shows it, unless it was shown in this session before. To be called when the first frame is on disk.</summary>
    /// <param name="ended">The recording ends: then it is neither shown nor recorded any more.</param>
    public async Task ShowAsync(CancellationToken ended)
    {
        if (options.Show == NoticeShow.None || spool.Read(account => account.IsNoticeShown))
        {
            return;
        }

        try
        {
            spool.Record(await TryShowAsync(ended));
        }
        catch (Exception e)
        {
            if (!ended.IsCancellationRequested)
            {
                LogUnrecorded(e);
            }
        }
    }

    private async Task<LedgerFact> TryShowAsync(CancellationToken ended)
    {
        if (notice is null)
        {
            return Failed("the display plugin shows no notices");
        }

        try
        {
            var text = NoticeText.For(session, options.Text);
            var kind = options.Show == NoticeShow.MessageBox ? NoticeKind.MessageBox : NoticeKind.Notification;
            var how = await notice.ShowAsync(new UserNotice(text, kind, options.Timeout), ended).WaitAsync(Patience, time, ended);
            return new NoticeShown(spool.Clock.Now, how, text);
        }
        catch (TimeoutException)
        {
            return Failed($"it was not on the screen within {Patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (!ended.IsCancellationRequested)
        {
            return Failed(e.Message);
        }
    }

    private NoticeFailed Failed(string reason)
    {
        LogFailed(reason);
        return new NoticeFailed(reason.ReplaceLineEndings(" "));
    }

    [LoggerMessage(EventId = 353, Level = LogLevel.Warning, Message = "The notice to the session's user cannot be shown: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(EventId = 354, Level = LogLevel.Warning, Message = "What came of the notice to the session's user could not be recorded")]
    private partial void LogUnrecorded(Exception exception);
}
