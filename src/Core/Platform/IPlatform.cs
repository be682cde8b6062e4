namespace SessionRecorder;

/// <summary>Knows one kind of place that sessions run in: whose session, described by what, stored where.</summary>
/// <remarks>
/// A plugin registers it as a singleton. The members may be called from any thread, and concurrently. Whatever the
/// session's user can change (their own environment, say) is not to be trusted: use it as metadata only where it is
/// marked so, never to decide who is recorded or where it is stored.
/// </remarks>
public interface IPlatform
{
    /// <summary>The platform's name, as in <c>--platform</c> and in the manifest: <c>appstream</c>, <c>local</c> …</summary>
    string Name { get; }

    /// <summary>Whether this machine is of this platform. Quick, and free of side effects.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>True where it is certain. The platform <c>local</c> is taken where no other says so.</returns>
    Task<bool> IsCurrentAsync(CancellationToken cancellationToken);

    /// <summary>Waits for a session that can be recorded.</summary>
    /// <param name="query">Which one, and the id to give it.</param>
    /// <param name="cancellationToken">Ends the wait; the host cancels after <c>--timeout</c>.</param>
    /// <returns>The session.</returns>
    /// <exception cref="PlatformException">There is none and none will come.</exception>
    Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken);

    /// <summary>Collects what describes the session, for session.json and the manifest.</summary>
    /// <remarks>
    /// Some of it may arrive late: a variable that the place sets after the logon, an answer for which the network must be
    /// up. It waits for that. The host gives it half a second before the first frame and, where that was not enough, calls
    /// it again while the recording goes on; nothing is stored before it has returned, for the place in storage depends on
    /// it (<see cref="GetStoragePath"/>).
    /// </remarks>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Ends the wait. What is known by then is returned; this is no failure.</param>
    /// <returns>Names and values, without secrets.</returns>
    Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(UserSession session, CancellationToken cancellationToken);

    /// <summary>Where in storage the session belongs: the parts between the key prefix and the session's id.</summary>
    /// <param name="session">The session.</param>
    /// <param name="metadata">What <see cref="GetMetadataAsync"/> gave.</param>
    /// <returns>The parts, unencoded; the host encodes each for use in a key.</returns>
    IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata);
}
