using SessionRecorder.Host.Commands.Output;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Wording;

namespace SessionRecorder.Host.Commands;

/// <summary>Shows how a recording in the foreground goes on: every second on a terminal, its beginning into a pipe.</summary>
internal sealed class RecordingProgress(ICommandProgress progress, CommandContext context, TimeSpan? duration) : IForegroundObserver
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task ObserveAsync(SessionDocument session, Agent agent)
    {
        progress.Report($"session {session.SessionId}" + (duration is null ? ", until Ctrl-C" : ""), 0);
        while (context.Output.IsTerminal && !agent.Ended.IsCompleted)
        {
            var status = await agent.GetStatusAsync();
            var recorded = agent.Recorded;
            var fraction = duration is { } whole ? Math.Min(1, recorded / whole) : (double?)null;
            progress.Report(
                $"{recorded:h\\:mm\\:ss}, {Amount.Count(status.Segments, "segment")}, " + (status.GapCause is { } cause ? $"no picture: {cause}" : status.State),
                fraction);
            await Task.WhenAny(agent.Ended, Task.Delay(Interval));
        }
    }
}
