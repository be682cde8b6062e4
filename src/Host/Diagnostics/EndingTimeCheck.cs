using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;
using SessionRecorder.Host.Service;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Looks how long the delivery has when a session ends: that is what the platform's hook gives.</summary>
/// <param name="request">What is installed.</param>
internal sealed class EndingTimeCheck(InstallRequest request)
{
    private const string Subject = "time at a session's end";

    /// <summary>What <c>stop</c> needs beside its deadline, to start and to say what it did, in seconds.</summary>
    private const int Margin = 3;

    private readonly MachineLayout _layout = request.Layout;

    public Finding Check() => request.HasSessionScripts ? CheckWaitingTime()
        : request.ServiceWatches ? new(
            FindingLevel.Ok, Subject,
            "a recording ends when its session is over, and then delivers without a limit of the system's; at a shutdown the service gives it "
                + $"{RecorderService.MachineEndTimeout.TotalSeconds:0} s, and delivers the rest when the machine is back")
        : new(
            FindingLevel.Ok, Subject,
            $"the task Stop runs after a logoff or disconnect, and delivers for {ScheduledTask.StopMinutes} min without a limit of the system's; "
                + "after a shutdown the next start delivers the rest");

    private Finding CheckWaitingTime()
    {
        var path = _layout.Place(_layout.ScriptsFileIn(request.SessionScripts));
        var name = SessionScriptEntry.ForPointer(_layout.Pointer)[^1].Event;
        var wait = File.Exists(path)
            ? SessionScriptsFile.Read(path, PlacedFiles.Read(path), isPascal: !_layout.IsWindows).WaitingTimeOf(name)
            : null;
        var cure = $"run `session-recorder install {request.Platform}`";
        return wait switch
        {
            null => new(FindingLevel.Problem, Subject, $"{path} has no waitingTime for {name}", cure),
            < SessionScriptEntry.StopSeconds + Margin => new(
                FindingLevel.Problem,
                Subject,
                $"{name} is killed after {wait} s, and stop delivers for {SessionScriptEntry.StopSeconds} s",
                $"{cure}, which sets waitingTime {SessionScriptEntry.LongestWait}"),
            _ => new(
                FindingLevel.Ok, Subject,
                $"{name} has {wait} s, of which stop delivers for {SessionScriptEntry.StopSeconds}; the instance and its spool are gone after that"),
        };
    }
}
