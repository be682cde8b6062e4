using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Sessions;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Recording;

/// <summary>What it means for the recording that nobody touches keyboard and mouse.</summary>
public sealed class IdleTests : IDisposable
{
    private const string Display = ":0";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeSessions _sessions = new();
    private readonly FakeActivity _activity = new();
    private readonly FakeDisplay _display = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("idle-test-").FullName;
    private readonly CaptureOptions _options = new() { MinimumFreeSpace = new ByteSize(1), IdleTimeout = TimeSpan.FromSeconds(2) };
    private readonly FakeCaptureSource _source = new(TimeProvider.System);
    private readonly List<string> _warnings = [];
    private readonly SpoolSession _spool;

    public IdleTests()
    {
        _spool = new SpoolRoot(Path.Combine(_folder, "data"), TrustPolicy.Off, TimeProvider.System)
            .Create(TestSpool.Document() with { StartedAt = DateTimeOffset.UtcNow });
        _sessions.Change(SessionChangeKind.LoggedOn, FakeSessions.Of(Display));
    }

    public void Dispose()
    {
        _spool.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_idle_session_is_paused_and_resumed_at_the_first_input_and_the_gap_has_that_cause()
    {
        var (recording, running) = await StartAsync(_activity);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionIdle && _spool.Read(a => a.Segments.Count) == 1);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Single(_source.Captures);

        _activity.Touch();
        await Wait.UntilAsync(Patience, () => _source.Captures.Count == 2 && recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        var gap = Assert.Single(manifest.Gaps, gap => gap.Cause == GapCause.SessionIdle);
        Assert.InRange((gap.To - gap.From).TotalSeconds, 1.4, 15);
        Assert.Equal(["idle", "active"], Facts("session-changed", "change"));
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task A_session_whose_user_goes_on_working_is_not_paused()
    {
        var (recording, running) = await StartAsync(_activity);
        for (var i = 0; i < 30; i++)
        {
            _activity.Touch();
            Assert.NotEqual(GapCause.SessionIdle, recording.Status.GapCause);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.DoesNotContain((await StopAsync(running)).Gaps, gap => gap.Cause == GapCause.SessionIdle);
    }

    [Fact]
    public async Task A_session_that_was_idle_before_the_start_is_recorded_for_as_long_as_the_timeout_first()
    {
        _activity.LastInput = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        var (recording, running) = await StartAsync(_activity);
        Assert.Null(recording.Status.GapCause);

        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionIdle);
        var segment = Assert.Single((await StopAsync(running)).Segments);
        Assert.InRange(segment.Duration, 1.5, 15);
    }

    [Fact]
    public async Task Without_a_timeout_nobody_is_asked()
    {
        _options.IdleTimeout = TimeSpan.Zero;
        _activity.LastInput = DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        var (_, running) = await StartAsync(_activity);
        await Task.Delay(1500, TestContext.Current.CancellationToken);

        Assert.Equal(0, _activity.Questions);
        Assert.Single((await StopAsync(running)).Segments);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_source_that_cannot_tell_is_warned_of_once_and_the_session_is_recorded_on(bool isMissing)
    {
        _activity.Failure = new DisplayException("no such extension", FailureScope.Session, isTransient: false);
        var (recording, running) = await StartAsync(isMissing ? null : _activity);
        await Task.Delay(3500, TestContext.Current.CancellationToken);

        Assert.Null(recording.Status.GapCause);
        Assert.Single(_warnings);
        Assert.Single((await StopAsync(running)).Segments);
    }

    [Fact]
    public async Task A_source_that_fails_during_a_pause_ends_the_pause()
    {
        var (recording, running) = await StartAsync(_activity);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionIdle);

        _activity.Failure = new DisplayException("the server is silent", FailureScope.Session, isTransient: true);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause is null);

        Assert.Single(_warnings);
        Assert.Empty(Coverage.FindUncovered(await StopAsync(running)));
    }

    [Fact]
    public async Task A_session_that_is_locked_while_it_is_idle_is_resumed_by_what_both_allow()
    {
        _options.WhenLocked = AbsencePolicy.Pause;
        var (recording, running) = await StartAsync(_activity);
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionIdle);
        _sessions.Change(SessionChangeKind.Locked, FakeSessions.Of(Display, isLocked: true));
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause == GapCause.SessionLocked);
        _activity.Touch();
        await Wait.UntilAsync(Patience, () => Facts("session-changed", "change").Contains("active"));
        Assert.Equal(GapCause.SessionLocked, recording.Status.GapCause);

        _activity.Touch();
        _sessions.Change(SessionChangeKind.Unlocked, FakeSessions.Of(Display));
        await Wait.UntilAsync(Patience, () => recording.Status.GapCause is null);

        var manifest = await StopAsync(running);
        Assert.Equal([GapCause.Starting, GapCause.SessionIdle, GapCause.SessionLocked], manifest.Gaps.Take(3).Select(g => g.Cause));
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    private async Task<(SessionRecording Recording, Task<DateTimeOffset> Running)> StartAsync(IUserActivity? activity)
    {
        var recording = new SessionRecording(new RecordingParts
        {
            Session = new UserSession { Id = "session-1", User = "u", Host = "h", SystemSession = Display },
            Spool = _spool,
            Options = _options,
            Source = _source,
            Display = _display,
            Activity = activity,
            Sessions = _sessions,
            SessionGrace = TimeSpan.Zero,
            Time = TimeProvider.System,
            Loggers = new Warnings(_warnings),
            OnSegment = () => { },
        });
        var running = recording.RunAsync(_spool.Document.StartedAt, GapCause.Starting, _stop.Token);
        await recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        return (recording, running);
    }

    private IReadOnlyList<string> Facts(string fact, string member) =>
    [
        .. File.ReadAllLines(Path.Combine(_spool.Directory, "ledger.jsonl"))
            .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!)
            .Where(line => (string?)line["fact"] == fact)
            .Select(line => (string)line[member]!),
    ];

    private async Task<Manifest> StopAsync(Task<DateTimeOffset> running)
    {
        await _stop.CancelAsync();
        var end = await running.WaitAsync(Patience, TestContext.Current.CancellationToken);
        SessionSealer.Seal(_spool, end, "complete");
        return _spool.Read(account => ManifestBuilder.Build(_spool.Document, account, _spool.Ledger.LastHash));
    }

    /// <summary>A user whose last input a test says.</summary>
    private sealed class FakeActivity : IUserActivity
    {
        public DateTimeOffset LastInput { get; set; } = DateTimeOffset.UtcNow;

        public Exception? Failure { get; set; }

        public int Questions { get; private set; }

        public void Touch() => LastInput = DateTimeOffset.UtcNow;

        public Task<TimeSpan> GetIdleTimeAsync(CancellationToken cancellationToken)
        {
            Questions++;
            return Failure is null ? Task.FromResult(DateTimeOffset.UtcNow - LastInput) : throw Failure;
        }
    }

    /// <summary>Keeps what the idle watch warns of.</summary>
    private sealed class Warnings(List<string> kept) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName.EndsWith(nameof(IdleWatch), StringComparison.Ordinal) ? this : NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
            // It holds nothing.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
            {
                kept.Add(formatter(state, exception));
            }
        }
    }
}
