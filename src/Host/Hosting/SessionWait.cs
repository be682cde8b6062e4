namespace SessionRecorder.Host.Hosting;

/// <summary>Waits for the session that a start is for.</summary>
internal static class SessionWait
{
    /// <summary>How much of its time a start gives to a session that is not recorded yet, where others are.</summary>
    private const double ForAnother = 0.6;

    /// <summary>Asks the platform.</summary>
    /// <param name="platform">The platform.</param>
    /// <param name="query">Which session. One that is recorded already is taken where no other comes in time.</param>
    /// <param name="timeout">How long the start may take.</param>
    /// <param name="deadline">Ends when it has taken that.</param>
    /// <exception cref="PlatformException">There is none.</exception>
    public static async Task<UserSession> ForAsync(
        IPlatform platform, SessionQuery query, TimeSpan timeout, CancellationToken deadline)
    {
        try
        {
            if (query is { SystemSession: null, Recorded.Count: > 0 } && await AnotherAsync(platform, query, timeout, deadline) is { } another)
            {
                return another;
            }

            return await platform.WaitForSessionAsync(query.SystemSession is null ? query with { Recorded = [] } : query, deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new PlatformException(
                $"the platform {platform.Name} had no session to record within {timeout.TotalSeconds:0.#} s",
                FailureScope.Session,
                isTransient: true,
                "start when a user is logged on, or give a longer --timeout");
        }
    }

    /// <summary>A platform may wait a while for a session that is about to begin, longer than this start has.</summary>
    private static async Task<UserSession?> AnotherAsync(
        IPlatform platform, SessionQuery query, TimeSpan timeout, CancellationToken deadline)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        patience.CancelAfter(timeout * ForAnother);
        try
        {
            return await platform.WaitForSessionAsync(query, patience.Token);
        }
        catch (OperationCanceledException) when (!deadline.IsCancellationRequested)
        {
            return null;
        }
    }
}
