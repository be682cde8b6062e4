using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Tells <c>doctor</c> what is known of this instance.</summary>
internal sealed class AppStreamSelfCheck(IAppStreamMachine machine) : ISelfCheck
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (isCurrent, variables) = await Task.Run(() => (machine.IsAppStream(), machine.ReadMachine()), cancellationToken);
        yield return isCurrent
            ? new Finding(FindingLevel.Ok, "platform appstream", "this is an AppStream instance")
            : new Finding(
                FindingLevel.Warning,
                "platform appstream",
                "this is no AppStream instance that can be told",
                "Let Platform:Plugin be auto, or set it to the platform that this machine is of.");
        var missing = AppStreamVariables.OfMachine.Where(name => !variables.ContainsKey(name)).ToArray();
        yield return missing.Length == 0
            ? new Finding(FindingLevel.Ok, "AppStream variables", string.Join(", ", variables.Select(v => $"{v.Key}={v.Value}")))
            : new Finding(
                FindingLevel.Warning,
                "AppStream variables",
                $"the machine has no {string.Join(", ", missing)}",
                "They are set when the instance belongs to a fleet or an image builder; recordings lie under 'unknown' without them.");
        yield return new Finding(
            FindingLevel.Ok,
            "AppStream credentials",
            "sinks on S3 need Profile appstream_machine_role and AllowInstanceMetadata false: the instance's own role belongs to another account");
    }
}
