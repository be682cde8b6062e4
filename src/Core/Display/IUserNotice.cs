namespace SessionRecorder;

/// <summary>How much a notice asks of the session's user.</summary>
public enum NoticeKind
{
    /// <summary>It stands aside and goes by itself.</summary>
    Notification,

    /// <summary>It stands in the middle until the user has answered it, or its time is over.</summary>
    MessageBox,
}

/// <summary>A text for the session's user.</summary>
/// <param name="Text">The text: 1 to 1000 characters; of control characters line feeds alone.</param>
/// <param name="Kind">How it is to be shown; a system that knows only one way shows it in that.</param>
/// <param name="Timeout">After how long it goes by itself; more than zero.</param>
public sealed record UserNotice(string Text, NoticeKind Kind, TimeSpan Timeout);

/// <summary>
/// Shows the session's user a text, on the screen that is recorded. Optional: a display plugin registers it beside its
/// <see cref="IDisplayMonitor"/>.
/// </summary>
/// <remarks>The member may be called from any thread, one call at a time. Disposing takes away what is still shown.</remarks>
public interface IUserNotice
{
    /// <summary>Shows the text, and returns when it is on the screen; it stays there while the caller goes on.</summary>
    /// <param name="notice">What to show.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How it is shown, in kebab case: <c>window</c>, <c>message-box</c>.</returns>
    /// <exception cref="DisplayException">It cannot be shown.</exception>
    Task<string> ShowAsync(UserNotice notice, CancellationToken cancellationToken);
}
