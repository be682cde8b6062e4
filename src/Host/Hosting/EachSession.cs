using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Service;

namespace SessionRecorder.Host.Hosting;

/// <summary>What came of one of several starts.</summary>
/// <param name="Desktop">The session.</param>
/// <param name="SessionId">Its recording's id; null where there is none.</param>
/// <param name="AlreadyRecording">Whether it was recorded before.</param>
/// <param name="NotRecorded">Why the policy leaves it alone; null where it does not.</param>
/// <param name="Error">Why it could not be recorded; null where it is.</param>
internal sealed record EachStart(
    DesktopSession Desktop, string? SessionId, bool AlreadyRecording, string? NotRecorded, Exception? Error);

/// <summary>Starts a recording of each session that somebody looks at.</summary>
/// <remarks>
/// A scheduled task runs as the system, and is not told whose logon it runs for. That of one user must not take another's session for
/// his, so it takes care of all: those that are recorded go on, and two tasks at once do no harm.
/// </remarks>
/// <param name="host">Its parts.</param>
/// <param name="time">The clock.</param>
internal sealed class EachSession(RecorderHost host, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    private readonly HostRecordings _recordings = new(host);

    /// <summary>Waits until there is a session, and starts.</summary>
    /// <param name="platform">The platform, or null for the configured one.</param>
    /// <param name="timeout">How long to wait for a session and its first frame together.</param>
    /// <param name="cancellationToken">Ends the wait; agents that were launched go on.</param>
    /// <exception cref="CommandException">There is no session.</exception>
    public async Task<IReadOnlyList<EachStart>> StartAsync(string? platform, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            DesktopSession[] connected = [.. (await ListAsync(cancellationToken)).Where(session => session.IsConnected)];
            var left = timeout - time.GetElapsedTime(since);
            if (connected.Length > 0 && left > TimeSpan.Zero)
            {
                return await Task.WhenAll(connected.Select(desktop => StartAsync(desktop, platform, left, cancellationToken)));
            }

            if (left < Poll)
            {
                throw new CommandException(ExitCode.NothingToActOn, "there is no session that somebody looks at", "log on, or give a longer --timeout");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private async Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await host.Sessions.ListAsync(cancellationToken);
        }
        catch (PlatformException e) when (e.IsTransient)
        {
            // Early in a machine's life the system may not answer yet.
            return [];
        }
    }

    private async Task<EachStart> StartAsync(
        DesktopSession desktop, string? platform, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _recordings.StartAsync(desktop, null, platform, timeout, cancellationToken);
            return new EachStart(
                desktop,
                result.Report.Recording ? result.SessionId : null,
                result.AlreadyRunning,
                result.NotRecorded,
                result is { NotRecorded: null, Report: { Recording: false } report }
                    ? new CommandException(report.ExitCode, $"session {result.SessionId}: {report.Error}", report.Remedy)
                    : null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var late = new CommandException(ExitCode.Failed, $"session {desktop.SystemSession} is being started by somebody else for too long", "give a longer --timeout");
            return new EachStart(desktop, null, AlreadyRecording: false, null, late);
        }
        catch (Exception e) when (e is RecorderException or IOException && !cancellationToken.IsCancellationRequested)
        {
            // What keeps one from being recorded does not keep the others.
            return new EachStart(desktop, null, AlreadyRecording: false, null, e);
        }
    }
}
