using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Sessions;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Recording;

public sealed class SessionRecordingTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SettableTime _time = new();
    private readonly FakeDisplay _display = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("recording-test-").FullName;
    private readonly FakeCaptureSource _source;
    private readonly SpoolSession _spool;
    private readonly SessionRecording _recording;

    public SessionRecordingTests()
    {
        _source = new FakeCaptureSource(_time);
        var root = new SpoolRoot(Path.Combine(_folder, "data"), TrustPolicy.Off, _time);
        _spool = root.Create(TestSpool.Document() with { StartedAt = _time.GetUtcNow() });
        _recording = new SessionRecording(new RecordingParts
        {
            Session = new UserSession { Id = "session-1", User = "u", Host = "h", SystemSession = ":0" },
            Spool = _spool,
            Options = new CaptureOptions { MinimumFreeSpace = new ByteSize(1) },
            Source = _source,
            Display = _display,
            Sessions = new FakeSessions(),
            Time = _time,
            Loggers = NullLoggerFactory.Instance,
            OnSegment = () => { },
        });
    }

    public void Dispose()
    {
        _spool.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_display_that_changes_gets_a_new_capture_of_the_new_size()
    {
        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);

        _display.Change(800, 600);
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && _recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        Assert.Equal(["1280x720", "800x600"], manifest.Segments.Select(s => $"{s.Width}x{s.Height}"));
        Assert.Equal([GapCause.Starting, GapCause.DisplayChanged], manifest.Gaps.Select(g => g.Cause));
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task What_was_captured_since_the_last_certain_look_at_the_display_is_no_picture()
    {
        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(1200, TestContext.Current.CancellationToken);

        var certain = _time.GetUtcNow() - TimeSpan.FromSeconds(0.7);
        _display.Change(800, 600, certain);
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && _recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        var gap = Assert.Single(manifest.Gaps, gap => gap.Cause == GapCause.DisplayChanged);
        Assert.Equal(certain, gap.From, TimeSpan.FromMilliseconds(1));
        Assert.True(manifest.Segments[0].StartedAt.AddSeconds(manifest.Segments[0].Duration) > gap.From);
    }

    [Fact]
    public async Task A_change_of_the_monitors_alone_costs_nothing()
    {
        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);

        _display.Change(1280, 720);
        await Task.Delay(700, TestContext.Current.CancellationToken);

        Assert.Single((await StopAsync(running)).Segments);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_turn_the_account_back()
    {
        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(1200, TestContext.Current.CancellationToken);

        _time.Shift = TimeSpan.FromHours(-1);
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && _recording.Status.GapCause is null);
        await Task.Delay(300, TestContext.Current.CancellationToken);

        var manifest = await StopAsync(running);
        Assert.Contains(manifest.Gaps, gap => gap.Cause == GapCause.ClockChanged);
        Assert.True(manifest.Segments[1].StartedAt > manifest.Segments[0].StartedAt);
        Assert.InRange((manifest.EndedAt!.Value - manifest.StartedAt).TotalSeconds, 1, 60);
        Assert.Empty(Coverage.FindUncovered(manifest));
        Assert.Equal(-3600, _spool.Read(account => account.ClockOffset.TotalSeconds), 5.0);
    }

    [Fact]
    public async Task A_clock_that_is_set_forward_leaves_a_gap()
    {
        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(1200, TestContext.Current.CancellationToken);

        _time.Shift = TimeSpan.FromMinutes(10);
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && _recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        var gap = Assert.Single(manifest.Gaps, gap => gap.Cause == GapCause.ClockChanged);
        Assert.Equal(600, (gap.To - gap.From).TotalSeconds, 5.0);
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_capture_that_fails_is_replaced_with_a_gap_of_that_cause()
    {
        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);

        _source.Captures[0].End(new CaptureOutcome(CaptureEnd.Failed, "ended with exit code 0"));
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && _recording.Status.GapCause is null);

        var gap = Assert.Single((await StopAsync(running)).Gaps, gap => gap.Cause == GapCause.CaptureFailed);
        Assert.Equal("ended with exit code 0", gap.Detail);
    }

    [Fact]
    public async Task A_plugin_that_throws_something_unheard_of_is_tried_again()
    {
        _source.StartFailures.Enqueue(new NotSupportedException("a defect"));
        _source.StartFailures.Enqueue(new NotSupportedException("a defect"));

        var running = Run();
        await _recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.Single((await StopAsync(running)).Segments);
    }

    [Fact]
    public async Task What_nobody_can_record_with_ends_the_recording_with_its_reason()
    {
        var failure = new CaptureException("there is no ffmpeg", CaptureEnd.Failed, FailureScope.Host, isTransient: false);
        _source.StartFailures.Enqueue(failure);

        Assert.Same(failure, await Assert.ThrowsAsync<CaptureException>(() => Run()));
        Assert.Same(failure, await Assert.ThrowsAsync<CaptureException>(() => _recording.FirstFrame));
        Assert.Empty(_spool.Read(account => account.OpenGaps.ToArray()));
    }

    [Fact]
    public async Task A_stop_right_after_the_start_leaves_a_whole_account()
    {
        var running = Run();
        await _source.FirstStarted.WaitAsync(Patience, TestContext.Current.CancellationToken);

        var manifest = await StopAsync(running);

        Assert.Single(manifest.Segments);
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    private Task<DateTimeOffset> Run() => _recording.RunAsync(_spool.Document.StartedAt, GapCause.Starting, _stop.Token);

    private async Task<Manifest> StopAsync(Task<DateTimeOffset> running)
    {
        await _stop.CancelAsync();
        var end = await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
        SessionSealer.Seal(_spool, end, "complete");
        return _spool.Read(account => ManifestBuilder.Build(_spool.Document, account, _spool.Ledger.LastHash));
    }
}
