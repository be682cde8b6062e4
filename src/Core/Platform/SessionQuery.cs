namespace SessionRecorder;

/// <summary>Which session is wanted of a platform.</summary>
/// <param name="Id">The id to give it, by the rules of <see cref="UserSession.Id"/>; null to let the platform choose one that is unique.</param>
/// <param name="SystemSession">
/// The one session that is meant, as <see cref="DesktopSession.SystemSession"/> names it; null for the one that the
/// platform finds: the active session where there is one only.
/// </param>
public sealed record SessionQuery(string? Id = null, string? SystemSession = null)
{
    /// <summary>
    /// The sessions that are being recorded already, as <see cref="DesktopSession.SystemSession"/> names them. Where nobody
    /// says which session is meant, it is rather one of the others.
    /// </summary>
    public IReadOnlyCollection<string> Recorded { get; init; } = [];
}
