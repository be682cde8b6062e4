using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Tells <c>doctor</c> what this instance tells of itself.</summary>
internal sealed class Ec2SelfCheck(IEc2Machine machine, InstanceMetadata service, IOptions<Ec2Options> options) : ISelfCheck
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await Task.Run(machine.IsInstance, cancellationToken)
            ? new Finding(FindingLevel.Ok, "platform ec2", "this is an EC2 instance")
            : new Finding(
                FindingLevel.Warning,
                "platform ec2",
                "this is no EC2 instance that can be told",
                "Let Platform:Plugin be auto, or set it to the platform that this machine is of.");
        var known = new Dictionary<string, string>();
        yield return await service.ReadAsync(known, options.Value.RecordTags, cancellationToken) == MetadataAnswer.Complete
            ? new Finding(FindingLevel.Ok, "EC2 instance metadata", $"{known["instanceId"]}, {known.Keys.Count(k => k.StartsWith("tag.", StringComparison.Ordinal))} tags")
            : new Finding(
                FindingLevel.Warning,
                "EC2 instance metadata",
                "the instance metadata service (version 2) did not tell about this instance",
                "Enable it in the instance's metadata options; recordings lie under the computer's name without it.");
    }
}
