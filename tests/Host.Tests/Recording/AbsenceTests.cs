using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Sessions;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Recording;

/// <summary>What it means for the recording that its session is locked, disconnected or over.</summary>
public sealed class AbsenceTests : IDisposable
{
    private const string Display = ":0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly DesktopSession Present = FakeSessions.Of(Display);
    private static readonly DesktopSession Locked = FakeSessions.Of(Display, isLocked: true);
    private static readonly DesktopSession Disconnected = FakeSessions.Of(Display, isConnected: false);

    private readonly FakeSessions _sessions = new();
    private readonly FakeDisplay _display = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("absence-test-").FullName;
    private readonly CaptureOptions _options = new() { MinimumFreeSpace = new ByteSize(1), WhenDisconnected = DisconnectPolicy.Record };
    private readonly FakeCaptureSource _source = new(TimeProvider.System);
    private readonly SpoolSession _spool;

    public AbsenceTests()
    {
        _spool = new SpoolRoot(Path.Combine(_folder, "data"), TrustPolicy.Off, TimeProvider.System)
            .Create(TestSpool.Document() with { StartedAt = DateTimeOffset.UtcNow });
        _sessions.Change(SessionChangeKind.LoggedOn, Present);
    }

    public void Dispose()
    {
        _spool.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_locked_session_is_paused_where_that_is_wanted_and_resumed_at_unlock()
    {
        _options.WhenLocked = AbsencePolicy.Pause;
        var (recording, running) = await StartAsync();

        _sessions.Change(SessionChangeKind.Locked, Locked);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionLocked && _spool.Read(a => a.Segments.Count) == 1);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Single(_source.Captures);

        _sessions.Change(SessionChangeKind.Unlocked, Present);
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        var gap = Assert.Single(manifest.Gaps, gap => gap.Cause == GapCause.SessionLocked);
        Assert.InRange((gap.To - gap.From).TotalSeconds, 1.4, 15);
        Assert.Equal([CaptureEnd.Stopped, CaptureEnd.Stopped], _source.Captures.Select(c => c.Completion.Result.End));
        Assert.Equal(["locked", "unlocked"], Changes());
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_disconnected_session_is_paused_where_that_is_wanted()
    {
        _options.WhenDisconnected = DisconnectPolicy.Pause;
        var (recording, running) = await StartAsync();

        _sessions.Change(SessionChangeKind.Disconnected, Disconnected);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionDisconnected);
        _sessions.Change(SessionChangeKind.Connected, Present);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        Assert.Equal([GapCause.Starting, GapCause.SessionDisconnected], manifest.Gaps.Select(g => g.Cause));
        Assert.Equal(["disconnected", "connected"], Changes());
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_locked_session_goes_on_being_recorded_by_default_and_the_ledger_tells_of_it()
    {
        var (recording, running) = await StartAsync();

        _sessions.Change(SessionChangeKind.Locked, Locked);
        await Wait.UntilAsync(Patience, () => Changes().Count == 1);
        await Task.Delay(700, TestContext.Current.CancellationToken);
        Assert.Null(recording.Status.GapCause);

        var manifest = await StopAsync(running);
        Assert.Single(manifest.Segments);
        Assert.Equal(["locked"], Changes());
    }

    [Fact]
    public async Task A_capture_that_the_lock_screen_ends_has_that_cause_though_the_news_of_it_comes_later()
    {
        var (recording, running) = await StartAsync();
        for (var i = 0; i < 8; i++)
        {
            _source.StartFailures.Enqueue(Refused());
        }

        _sessions.Change(SessionChangeKind.Locked, Locked, tell: false);
        _source.Captures[0].End(new CaptureOutcome(CaptureEnd.Failed, "ended with exit code 0"));
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionLocked);
        Assert.Equal("ended with exit code 0", recording.Status.GapDetail);

        // By now the retries are seconds apart; the unlock is not waited for.
        await Wait.UntilAsync(Patience, () => _source.StartFailures.Count <= 4);
        _source.StartFailures.Clear();
        var unlockedAt = DateTime.UtcNow;
        _sessions.Change(SessionChangeKind.Unlocked, Present);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause is null);
        Assert.InRange((DateTime.UtcNow - unlockedAt).TotalSeconds, 0, 1);

        var manifest = await StopAsync(running);
        Assert.Equal([GapCause.Starting, GapCause.SessionLocked], manifest.Gaps.Select(g => g.Cause));
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_session_that_is_locked_at_the_start_is_not_recorded_until_its_unlock_where_that_is_wanted()
    {
        _options.WhenLocked = AbsencePolicy.Pause;
        _sessions.Change(SessionChangeKind.Locked, Locked);
        var recording = Make(TimeSpan.Zero);
        var running = Run(recording);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionLocked);
        Assert.Contains("session-locked", recording.LastFailure!.Message, StringComparison.Ordinal);

        _sessions.Change(SessionChangeKind.Unlocked, Present);
        await recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);

        var manifest = await StopAsync(running);
        Assert.Contains(manifest.Gaps, gap => gap.Cause == GapCause.SessionLocked);
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_logoff_ends_the_recording_with_a_whole_account()
    {
        var (_, running) = await StartAsync();

        _sessions.Change(SessionChangeKind.LoggedOff, Present);

        var manifest = await EndAsync(running);
        Assert.Single(manifest.Segments);
        Assert.Equal(["logged-off"], Changes());
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_logoff_during_a_pause_ends_the_recording()
    {
        _options.WhenLocked = AbsencePolicy.Pause;
        var (recording, running) = await StartAsync();
        _sessions.Change(SessionChangeKind.Locked, Locked);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionLocked);

        _sessions.Change(SessionChangeKind.LoggedOff, Locked);

        var manifest = await EndAsync(running);
        Assert.Equal(GapCause.SessionLocked, manifest.Gaps[^1].Cause);
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_session_whose_display_server_comes_back_in_time_goes_on_being_recorded()
    {
        var (recording, running) = await StartAsync(grace: TimeSpan.FromSeconds(3));
        _sessions.Change(SessionChangeKind.LoggedOff, Present);
        _source.Captures[0].End(new CaptureOutcome(CaptureEnd.DisplayLost, "the server ended"));
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        _sessions.Change(SessionChangeKind.LoggedOn, Present);
        await Task.Delay(2500, TestContext.Current.CancellationToken);

        Assert.False(running.IsCompleted);
        Assert.Null(recording.Status.GapCause);
        await StopAsync(running);
        Assert.Empty(Changes());
    }

    [Fact]
    public async Task A_session_of_another_user_under_the_same_name_is_not_the_recorded_one()
    {
        var (_, running) = await StartAsync(grace: TimeSpan.FromSeconds(1));
        _sessions.Change(SessionChangeKind.LoggedOff, Present);
        _sessions.Change(SessionChangeKind.LoggedOn, FakeSessions.Of(Display, "grace"));

        await EndAsync(running);
        Assert.Equal(["logged-off"], Changes());
    }

    [Fact]
    public async Task Changes_of_other_sessions_do_not_matter()
    {
        _options.WhenLocked = AbsencePolicy.Pause;
        var (recording, running) = await StartAsync();

        _sessions.Change(SessionChangeKind.Locked, FakeSessions.Of(":1", isLocked: true));
        _sessions.Change(SessionChangeKind.LoggedOff, FakeSessions.Of(":1"));
        await Task.Delay(700, TestContext.Current.CancellationToken);

        Assert.Null(recording.Status.GapCause);
        Assert.Single((await StopAsync(running)).Segments);
        Assert.Empty(Changes());
    }

    [Fact]
    public async Task Sessions_that_cannot_be_asked_do_not_hinder_the_recording()
    {
        _sessions.Failure = new PlatformException("no service", FailureScope.Host, isTransient: true);
        var (recording, running) = await StartAsync();

        _source.Captures[0].End(new CaptureOutcome(CaptureEnd.Failed, "a crash"));
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && recording.Status.GapCause is null);

        Assert.Contains((await StopAsync(running)).Gaps, gap => gap.Cause == GapCause.CaptureFailed);
    }

    [Fact]
    public async Task A_shutdown_stands_in_the_ledger_and_ends_the_recording()
    {
        var (recording, running) = await StartAsync();

        recording.EndSession(SessionChangeName.ShuttingDown);

        await EndAsync(running);
        recording.EndSession(SessionChangeName.LoggedOff);
        Assert.Equal(["shutting-down"], Changes());
    }

    private static CaptureException Refused() => new("the desktop is not to be had", CaptureEnd.Failed, FailureScope.Session, isTransient: true);

    private SessionRecording Make(TimeSpan grace) => new(new RecordingParts
    {
        Session = new UserSession { Id = "session-1", User = "u", Host = "h", SystemSession = Display },
        Spool = _spool,
        Options = _options,
        Source = _source,
        Display = _display,
        Sessions = _sessions,
        SessionGrace = grace,
        Time = TimeProvider.System,
        Loggers = NullLoggerFactory.Instance,
        OnSegment = () => { },
    });

    private async Task<(SessionRecording Recording, Task<DateTimeOffset> Running)> StartAsync(TimeSpan grace = default)
    {
        var recording = Make(grace);
        var running = Run(recording);
        await recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        return (recording, running);
    }

    private Task<DateTimeOffset> Run(SessionRecording recording) =>
        recording.RunAsync(_spool.Document.StartedAt, GapCause.Starting, _stop.Token);

    private IReadOnlyList<string> Changes() =>
    [
        .. File.ReadAllLines(Path.Combine(_spool.Directory, "ledger.jsonl"))
            .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!)
            .Where(line => (string?)line["fact"] == "session-changed")
            .Select(line => (string)line["change"]!),
    ];

    private async Task<Manifest> StopAsync(Task<DateTimeOffset> running)
    {
        await _stop.CancelAsync();
        return await EndAsync(running);
    }

    private async Task<Manifest> EndAsync(Task<DateTimeOffset> running)
    {
        var end = await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
        SessionSealer.Seal(_spool, end, "complete");
        return _spool.Read(account => ManifestBuilder.Build(_spool.Document, account, _spool.Ledger.LastHash));
    }
}
