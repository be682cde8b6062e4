using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Telemetry;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Telemetry;

public sealed class TelemetryTests : IDisposable
{
    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public async Task A_collector_receives_the_sessions_metrics_and_traces_at_the_latest_when_it_ends()
    {
        using var collector = new Collector();
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            var options = new TelemetryOptions { Endpoint = collector.Address };
            using var telemetry = new SessionTelemetry(session, () => [new SinkStatus("archive", 3, 4096, 0, null)]);
            using var export = TelemetryExport.Start(options, session.Document);
            Play(session);
        }

        var metrics = await collector.ReceivedAsync("/v1/metrics");
        foreach (var name in (string[])["captures", "segments", "frames", "video", "gap", "upload.latency", "queue.bytes", "uploads.refused"])
        {
            Assert.Contains($"session_recorder.{name}", metrics, StringComparison.Ordinal);
        }

        Assert.Contains("display-changed", metrics, StringComparison.Ordinal);
        Assert.Contains("session-1", metrics, StringComparison.Ordinal);
        var traces = await collector.ReceivedAsync("/v1/traces");
        foreach (var span in (string[])["capture", "gap", "upload"])
        {
            Assert.Contains(span, traces, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_collector_that_is_not_there_does_not_hold_up_the_end()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        var started = System.Diagnostics.Stopwatch.StartNew();
        using (TelemetryExport.Start(new TelemetryOptions { Endpoint = "http://127.0.0.1:9" }, session.Document))
        using (new SessionTelemetry(session, () => []))
        {
            Play(session);
        }

        Assert.InRange(started.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Without_a_collector_nothing_is_sent()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        Assert.Null(TelemetryExport.Start(new TelemetryOptions(), session.Document));
    }

    private static void Play(SpoolSession session)
    {
        session.Record(new CaptureStarted(1, TestSpool.At(1), "1280x720+0+0", 5, "x11grab", "libx264", "ffmpeg 5.1", null, null));
        var segment = TestSpool.AddSegment(session, 1);
        session.Record(new GapOpened(1, TestSpool.At(11), GapCause.DisplayChanged, null));
        session.Record(new GapClosed(1, TestSpool.At(11), TestSpool.At(11.4)));
        session.Record(new Uploaded("archive", segment.Key, segment.Sha256));
        session.Record(new UploadRefused("archive", "video/x.mp4", "no"));
        session.Record(new CaptureEnded(1, "stopped", null));
    }

    /// <summary>Takes OTLP over HTTP; names stand in its messages as plain text.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly ConcurrentDictionary<string, string> _received = new();

        public Collector()
        {
            Address = $"http://127.0.0.1:{FreePort()}";
            _listener.Prefixes.Add($"{Address}/");
            _listener.Start();
            _ = ServeAsync();
        }

        public string Address { get; }

        public async Task<string> ReceivedAsync(string path)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            string? text;
            while (!_received.TryGetValue(path, out text))
            {
                await Task.Delay(20, patience.Token);
            }

            return text;
        }

        public void Dispose() => _listener.Close();

        private static int FreePort()
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            return ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                try
                {
                    var context = await _listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    var text = Encoding.UTF8.GetString(body.ToArray());
                    _received.AddOrUpdate(context.Request.Url!.AbsolutePath, text, (_, before) => before + text);
                    context.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
