using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Telemetry;

/// <summary>Sends metrics and traces to a collector. Disposing sends what is left, for at most two seconds.</summary>
internal sealed class TelemetryExport : IDisposable
{
    private const int LastSendMilliseconds = 2000;

    private readonly MeterProvider _meters;
    private readonly TracerProvider _tracers;

    private TelemetryExport(TelemetryOptions options, SessionDocument session)
    {
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("session-recorder", serviceVersion: CommandLine.Version, serviceInstanceId: session.SessionId)
            .AddAttributes([new("host.name", session.Host), new("session_recorder.platform", session.Platform)]);
        _meters = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(SessionTelemetry.Name)
            .AddOtlpExporter((exporter, reader) =>
            {
                Address(exporter, options, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.Interval.TotalMilliseconds;
            })
            .Build();
        _tracers = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(SessionTelemetry.Name)
            .AddOtlpExporter(exporter => Address(exporter, options, "v1/traces"))
            .Build();
    }

    /// <summary>Begins to send what <see cref="SessionTelemetry"/> tells.</summary>
    /// <returns>What sends; null where no collector is configured.</returns>
    public static TelemetryExport? Start(TelemetryOptions options, SessionDocument session) =>
        options.Endpoint.Length == 0 ? null : new TelemetryExport(options, session);

    public void Dispose()
    {
        _meters.Shutdown(LastSendMilliseconds);
        _tracers.Shutdown(LastSendMilliseconds);
        _meters.Dispose();
        _tracers.Dispose();
    }

    private static void Address(OtlpExporterOptions exporter, TelemetryOptions options, string path)
    {
        var isHttp = options.Protocol == TelemetryProtocol.Http;
        exporter.Protocol = isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        exporter.Endpoint = new Uri(isHttp ? $"{options.Endpoint.TrimEnd('/')}/{path}" : options.Endpoint);
    }
}
