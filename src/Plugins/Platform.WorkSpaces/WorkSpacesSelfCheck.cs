using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Tells <c>doctor</c> whether this is a WorkSpace.</summary>
internal sealed class WorkSpacesSelfCheck(IWorkSpacesMachine machine) : ISelfCheck
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await Task.Run(machine.IsWorkSpace, cancellationToken)
            ? new Finding(FindingLevel.Ok, "platform workspaces", $"this is the WorkSpace {Environment.MachineName}")
            : new Finding(
                FindingLevel.Warning,
                "platform workspaces",
                "this is no WorkSpace that can be told",
                "Let Platform:Plugin be auto, or set it to the platform that this machine is of.");
        yield return new Finding(
            FindingLevel.Ok,
            "WorkSpaces credentials",
            "no credentials arrive by themselves on WorkSpaces Personal: sinks need a Profile of their own");
    }
}
