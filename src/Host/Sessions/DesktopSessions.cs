using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Sessions;

/// <summary>This machine's sessions: looked at when the system tells of a change, and every other second anyway. Thread-safe.</summary>
/// <param name="reader">Reads them.</param>
/// <param name="poll">How often they are looked at without an event.</param>
/// <param name="logger">Where troubles go.</param>
internal sealed partial class DesktopSessions(ISessionReader reader, TimeSpan poll, ILogger<DesktopSessions> logger)
    : IDesktopSessions, IUnseenSessions
{
    public Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken) =>
        Task.Run<IReadOnlyList<DesktopSession>>(
            () => [.. reader.Read().OrderBy(session => session.SystemSession, StringComparer.Ordinal)], cancellationToken);

    public Task<IReadOnlyList<UnseenSession>> ListUnseenAsync(CancellationToken cancellationToken) =>
        Task.Run(reader.ReadUnseen, cancellationToken);

    public async IAsyncEnumerable<SessionChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Never disposed: the system may call back once more as the listening ends. Without a wait handle nothing is held.
        var wake = new SemaphoreSlim(0);
        using var listening = reader.Listen(() => wake.Release());
        var difference = new SessionDifference(reader.Remains);
        var now = await ListAsync(cancellationToken);
        while (true)
        {
            foreach (var change in now is null ? [] : difference.Take(now))
            {
                yield return change;
            }

            await wake.WaitAsync(poll, cancellationToken);
            while (wake.Wait(0, CancellationToken.None))
            {
                // Many events, one look.
            }

            now = await TryListAsync(cancellationToken);
        }
    }

    /// <summary>Sessions that cannot be read now have not ended: nothing changed until they can be read again.</summary>
    private async Task<IReadOnlyList<DesktopSession>?> TryListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ListAsync(cancellationToken);
        }
        catch (PlatformException e)
        {
            LogUnreadable(e);
            return null;
        }
    }

    [LoggerMessage(EventId = 370, Level = LogLevel.Warning, Message = "The desktop sessions cannot be read now")]
    private partial void LogUnreadable(Exception exception);
}
