namespace SessionRecorder.Plugins;

/// <summary>Shows the user of this session a text in a message box of Windows' own. Thread-safe.</summary>
/// <remarks>Windows makes the box itself, so that no window of this program is on the user's desktop to be sent messages.</remarks>
internal sealed class WindowsNotice(ISessionMessage message) : IUserNotice
{
    private const string Title = "Session Recorder";
    private const string How = "message-box";

    /// <summary>Asks Windows, which shows it in its own time; the answer is not waited for.</summary>
    public Task<string> ShowAsync(UserNotice notice, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notice);
        cancellationToken.ThrowIfCancellationRequested();

        // Windows counts whole seconds, and takes none for no end.
        var seconds = Math.Max(1, (int)Math.Ceiling(notice.Timeout.TotalSeconds));
        message.Send(Title, notice.Text.ReplaceLineEndings("\r\n"), seconds);
        return Task.FromResult(How);
    }
}

/// <summary>A message box in the session that this process runs in.</summary>
internal interface ISessionMessage
{
    /// <summary>Has it shown, and does not wait for the answer.</summary>
    /// <exception cref="DisplayException">Windows refused.</exception>
    void Send(string title, string text, int seconds);
}
