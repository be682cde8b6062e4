using System.Diagnostics;
using System.Diagnostics.Metrics;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Telemetry;

/// <summary>Turns what happens in a session into metrics and traces.</summary>
/// <remarks>
/// Its one source is the session's facts, so telemetry cannot tell another story than the ledger. Thread-safe. Costs next
/// to nothing while nobody listens to <see cref="Name"/>.
/// </remarks>
internal sealed class SessionTelemetry : IDisposable
{
    /// <summary>The name of meter and activity source, and the beginning of every metric's name.</summary>
    public const string Name = "session_recorder";

    private const string Sink = "sink";
    private const string Cause = "cause";

    private readonly Meter _meter = new(Name);
    private readonly ActivitySource _activities = new(Name);
    private readonly SpoolSession _spool;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SegmentClosed> _segments = [];
    private readonly Dictionary<int, GapOpened> _gaps = [];
    private readonly Counter<long> _captures;
    private readonly Counter<long> _segmentCount;
    private readonly Counter<long> _frames;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _gapSeconds;
    private readonly Histogram<double> _latency;
    private CaptureStarted? _capture;

    /// <summary>Follows a session from now on.</summary>
    /// <param name="spool">The session.</param>
    /// <param name="queues">What waits for each sink.</param>
    public SessionTelemetry(SpoolSession spool, Func<IEnumerable<SinkStatus>> queues)
    {
        _spool = spool;
        _captures = _meter.CreateCounter<long>($"{Name}.captures", "{capture}", "Captures started; more than one are restarts");
        _segmentCount = _meter.CreateCounter<long>($"{Name}.segments", "{segment}", "Segments closed");
        _frames = _meter.CreateCounter<long>($"{Name}.frames", "{frame}", "Frames in closed segments");
        _bytes = _meter.CreateCounter<long>($"{Name}.video", "By", "Bytes in closed segments");
        _refused = _meter.CreateCounter<long>($"{Name}.uploads.refused", "{object}", "Objects that a sink refused for good");
        _gapSeconds = _meter.CreateHistogram<double>($"{Name}.gap", "s", "Gaps, by cause");
        _latency = _meter.CreateHistogram<double>($"{Name}.upload.latency", "s", "From a segment's last frame to its confirmation, by sink");
        _meter.CreateObservableGauge($"{Name}.queue.segments", () => queues().Select(s => Of(s, s.Segments)), "{segment}", "Segments that wait, by sink");
        _meter.CreateObservableGauge($"{Name}.queue.bytes", () => queues().Select(s => Of(s, s.Bytes)), "By", "Bytes that wait, by sink");
        spool.Recorded += Observe;
    }

    public void Dispose()
    {
        _spool.Recorded -= Observe;
        _meter.Dispose();
        _activities.Dispose();
    }

    private static Measurement<long> Of(SinkStatus sink, long value) => new(value, new KeyValuePair<string, object?>(Sink, sink.Sink));

    private void Observe(LedgerFact fact)
    {
        lock (_gate)
        {
            switch (fact)
            {
                case CaptureStarted started:
                    _captures.Add(1, new KeyValuePair<string, object?>("source", started.Source));
                    _capture = started;
                    break;
                case CaptureEnded ended when _capture?.Capture == ended.Capture:
                    Trace("capture", _capture.FirstFrameAt, ("end", ended.End), ("region", _capture.Region), ("source", _capture.Source));
                    break;
                case SegmentClosed segment:
                    _segmentCount.Add(1);
                    _frames.Add(segment.Frames);
                    _bytes.Add(segment.Bytes);
                    _segments[segment.Key] = segment;
                    break;
                case GapOpened gap:
                    _gaps[gap.Gap] = gap;
                    break;
                case GapClosed closed when _gaps.Remove(closed.Gap, out var gap):
                    _gapSeconds.Record((closed.To - closed.From).TotalSeconds, new KeyValuePair<string, object?>(Cause, gap.Cause));
                    Trace("gap", closed.From, (Cause, gap.Cause));
                    break;
                case Uploaded uploaded when _segments.TryGetValue(uploaded.Key, out var segment):
                    var end = segment.StartedAt.AddSeconds(segment.Duration);
                    _latency.Record((_spool.Clock.Now - end).TotalSeconds, new KeyValuePair<string, object?>(Sink, uploaded.Sink));
                    Trace("upload", end, (Sink, uploaded.Sink), ("key", uploaded.Key));
                    break;
                case UploadRefused refused:
                    _refused.Add(1, new KeyValuePair<string, object?>(Sink, refused.Sink));
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Tells of something that is over now.</summary>
    private void Trace(string name, DateTimeOffset from, params (string Key, object? Value)[] tags) => _activities
        .StartActivity(
            ActivityKind.Internal,
            parentContext: default,
            tags.Select(tag => new KeyValuePair<string, object?>(tag.Key, tag.Value)),
            startTime: from,
            name: name)?
        .Dispose();
}
