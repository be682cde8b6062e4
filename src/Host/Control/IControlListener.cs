namespace SessionRecorder.Host.Control;

/// <summary>Waits for commands that want to talk to an agent. One caller at a time; disposing ends the wait.</summary>
internal interface IControlListener : IDisposable
{
    /// <summary>Waits for the next one.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The connection, or null when whoever came may not control this agent and was turned away.</returns>
    /// <exception cref="IOException">It could not be accepted; call again.</exception>
    Task<Stream?> AcceptAsync(CancellationToken cancellationToken);
}
