using System.ComponentModel.DataAnnotations;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Configuration;

/// <summary>How recordings are delivered.</summary>
internal sealed class UploadOptions : IValidatableObject
{
    /// <summary>What all sinks of an agent together are sent in a second; null for as fast as it goes.</summary>
    public ByteSize? MaxBandwidth { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MaxBandwidth is { Bytes: < BandwidthLimit.Least })
        {
            yield return new(
                $"must be at least {new ByteSize(BandwidthLimit.Least)} (a second): slower transfers could not be told from stuck ones",
                [nameof(MaxBandwidth)]);
        }
    }
}

/// <summary>What happens when the spool holds as much as it may.</summary>
internal enum SpoolFullPolicy
{
    /// <summary>Capturing pauses until something was delivered.</summary>
    Stop,

    /// <summary>Well before, one picture a second is captured instead of more; at the limit capturing pauses.</summary>
    Thin,
}
