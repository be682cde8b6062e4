using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Sessions;
using SessionRecorder.Tests.Spool;
using SessionRecorder.Tests.Upload;

namespace SessionRecorder.Tests.Recording;

/// <summary>A place that tells late whose session it is: recording must not wait, and storing must.</summary>
public sealed class LateMetadataTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly UserSession Session = new() { Id = "session-1", User = "u", Host = "h", SystemSession = ":0" };

    private readonly string _folder = Directory.CreateTempSubdirectory("late-test-").FullName;
    private readonly SettableTime _time = new();
    private readonly FaultySink _sink = new();
    private readonly SpoolRoot _root;

    public LateMetadataTests() => _root = new SpoolRoot(Path.Combine(_folder, "data"), TrustPolicy.Off, _time);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_session_whose_metadata_is_late_is_described_provisionally_and_completed_later()
    {
        var platform = new LatePlatform();
        var first = await SessionFactory.DescribeAsync(platform, Session, "k/", _time.GetUtcNow(), CancellationToken.None);

        Assert.True(first.Provisional);
        Assert.Equal("k/late/unknown/session-1/", first.Prefix);

        platform.Arrive("stack-1");
        var final = await SessionFactory.CompleteAsync(platform, Session, first, "k/", Patience, CancellationToken.None);

        Assert.False(final.Provisional);
        Assert.Equal("k/late/stack-1/session-1/", final.Prefix);
        Assert.Equal("stack-1", final.Metadata["stack"]);
    }

    [Fact]
    public async Task Metadata_that_never_arrives_is_waited_for_no_longer_than_allowed_and_what_is_known_counts()
    {
        var platform = new LatePlatform();
        var first = await SessionFactory.DescribeAsync(platform, Session, "", _time.GetUtcNow(), CancellationToken.None);

        var final = await SessionFactory.CompleteAsync(
            platform, Session, first, "", TimeSpan.FromMilliseconds(50), CancellationToken.None);

        Assert.False(final.Provisional);
        Assert.Equal("yes", final.Metadata["known"]);
    }

    [Fact]
    public async Task Nothing_is_stored_before_the_place_in_storage_is_known_and_then_all_of_it_is_there()
    {
        var arrived = new TaskCompletionSource<SessionDocument>();
        var spool = Create();
        await using var agent = AgentOf(spool, token => arrived.Task.WaitAsync(token));
        var running = agent.RunAsync(spool.Document.StartedAt, GapCause.Starting);
        await agent.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.Empty(_sink.Objects);

        arrived.SetResult(spool.Document with { Prefix = "k/stack-1/session-1/", Metadata = new Dictionary<string, string> { ["stack"] = "1" } });
        await Wait.UntilAsync(Patience, () => _sink.Objects.ContainsKey("k/stack-1/session-1/session.json"));
        agent.RequestStop(Patience);

        Assert.True((await running.WaitAsync(Patience, TestContext.Current.CancellationToken)).Delivered);
        Assert.All(_sink.Objects.Keys, key => Assert.StartsWith("k/stack-1/session-1/", key, StringComparison.Ordinal));
        Assert.DoesNotContain("provisional", System.Text.Encoding.UTF8.GetString(_sink.Objects["k/stack-1/session-1/session.json"]), StringComparison.Ordinal);
        var report = await SessionVerifier.VerifyAsync(_sink, "k/stack-1/session-1/", null, TestContext.Current.CancellationToken);
        Assert.Empty(report.Faults);
    }

    [Fact]
    public async Task A_stop_waits_for_no_metadata()
    {
        var spool = Create();
        await using var agent = AgentOf(spool, async token =>
        {
            await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, TaskScheduler.Default);
            return spool.Document;
        });
        var running = agent.RunAsync(spool.Document.StartedAt, GapCause.Starting);
        await agent.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        agent.RequestStop(Patience);

        Assert.True((await running.WaitAsync(Patience, TestContext.Current.CancellationToken)).Delivered);
        Assert.Contains("recordings/local/desk-7/zoe/session-1/manifest.json", _sink.Objects.Keys);
    }

    [Fact]
    public void A_crash_between_the_final_document_and_its_line_in_the_ledger_is_made_good()
    {
        string folder;
        using (var session = Create())
        {
            folder = session.Directory;
        }

        var bytes = SessionJson.Serialize(TestSpool.Document() with { Prefix = "final/" });
        File.WriteAllBytes(Path.Combine(folder, "session.json"), bytes);
        using var again = _root.TryAcquire("session-1")!;

        Assert.Equal(LedgerLine.HashOf(bytes), again.Read(account => account.SessionSha256));
        Assert.Empty(again.Read(account => account.Oddities));
    }

    [Fact]
    public void A_final_document_that_was_changed_in_the_spool_is_not_taken_for_a_late_one()
    {
        string folder;
        using (var session = Create())
        {
            session.Describe(session.Document with { Prefix = "final/" });
            folder = session.Directory;
        }

        File.WriteAllBytes(Path.Combine(folder, "session.json"), SessionJson.Serialize(TestSpool.Document() with { User = "somebody else" }));
        using var again = _root.TryAcquire("session-1")!;

        Assert.NotEqual(
            LedgerLine.HashOf(File.ReadAllBytes(Path.Combine(folder, "session.json"))),
            again.Read(account => account.SessionSha256));
    }

    private SpoolSession Create() =>
        _root.Create(TestSpool.Document() with { StartedAt = _time.GetUtcNow(), Provisional = true });

    private Agent AgentOf(SpoolSession spool, Func<CancellationToken, Task<SessionDocument>> describe)
    {
        var source = new FakeCaptureSource(_time);
        var parts = new RecordingParts
        {
            Session = Session,
            Spool = spool,
            Options = new CaptureOptions { MinimumFreeSpace = new ByteSize(1) },
            Source = source,
            Display = new FakeDisplay(),
            Sessions = new FakeSessions(),
            Time = _time,
            Loggers = NullLoggerFactory.Instance,
            OnSegment = () => { },
            Describe = describe,
        };
        var repair = new SessionRepair(source, 5, NullLogger<SessionRepair>.Instance);
        return new Agent(parts, new Dictionary<string, IStorageSink> { ["sink"] = _sink }, repair, discardIfNothing: false);
    }

    private sealed class LatePlatform : IPlatform
    {
        private readonly TaskCompletionSource<string> _stack = new();

        public string Name => "late";

        public void Arrive(string stack) => _stack.SetResult(stack);

        public Task<bool> IsCurrentAsync(CancellationToken cancellationToken) => Task.FromResult(true);

        public Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken) => Task.FromResult(Session);

        public async Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(UserSession session, CancellationToken cancellationToken)
        {
            var known = new Dictionary<string, string> { ["known"] = "yes" };
            await Task.WhenAny(_stack.Task, Task.Delay(Timeout.Infinite, cancellationToken));
            if (_stack.Task.IsCompletedSuccessfully)
            {
                known["stack"] = await _stack.Task;
            }

            return known;
        }

        public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) =>
            [Name, metadata.GetValueOrDefault("stack", "unknown")];
    }
}
