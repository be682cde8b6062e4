using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Host.Telemetry;

/// <summary>How metrics and traces are sent.</summary>
internal enum TelemetryProtocol
{
    /// <summary>OTLP over HTTP, binary.</summary>
    Http,

    /// <summary>OTLP over gRPC.</summary>
    Grpc,
}

/// <summary>Metrics and traces of agents, by OpenTelemetry's protocol (OTLP). Described in docs/configuration.md.</summary>
internal sealed class TelemetryOptions : IValidatableObject
{
    /// <summary>Where a collector listens; empty for no telemetry.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>How to speak to it.</summary>
    public TelemetryProtocol Protocol { get; set; } = TelemetryProtocol.Http;

    /// <summary>How often metrics are sent.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Endpoint.Length > 0
            && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0))
        {
            yield return new("must be an http or https address without a user, such as http://localhost:4318", [nameof(Endpoint)]);
        }
    }
}
