using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Plugins;

/// <summary>The options of the platform <c>ec2</c> (docs/platforms.md).</summary>
internal sealed class Ec2Options : IValidatableObject
{
    /// <summary>
    /// Where the instance metadata service is asked, an http or https address; null for
    /// <c>AWS_EC2_METADATA_SERVICE_ENDPOINT</c> where that names a place of this machine, else the link-local address.
    /// </summary>
    public Uri? MetadataEndpoint { get; set; }

    /// <summary>Whether the service is asked over IPv6, for networks without IPv4. Default: no.</summary>
    public bool MetadataIPv6 { get; set; }

    /// <summary>Whether the instance's tags are recorded, where the instance shows them. Default: yes.</summary>
    public bool RecordTags { get; set; } = true;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MetadataEndpoint is not null && !SessionRecorder.Plugins.MetadataEndpoint.IsAddress(MetadataEndpoint))
        {
            yield return new ValidationResult(
                "must be an http or https address without user, query or fragment", [nameof(MetadataEndpoint)]);
        }

        if (MetadataEndpoint is not null && MetadataIPv6)
        {
            yield return new ValidationResult("cannot be used with MetadataEndpoint", [nameof(MetadataIPv6)]);
        }
    }
}
