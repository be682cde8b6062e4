namespace SessionRecorder;

/// <summary>
/// What an <see cref="IPlatform"/> also implements when the hook that it runs at a session's end is told, by its environment
/// say, which session that is. Thread-safe; reads only.
/// </summary>
public interface IEndingSession
{
    /// <summary>The session whose end this process was called for.</summary>
    /// <returns>
    /// The platform's id of it: <see cref="UserSession.Id"/>, or its beginning up to a hyphen, or a value of its metadata.
    /// Null where this process is not told.
    /// </returns>
    string? FindEndingSessionId();
}
