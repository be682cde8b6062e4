using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Sessions;
using SessionRecorder.Tests.Spool;
using SessionRecorder.Tests.Upload;

namespace SessionRecorder.Tests.Recording;

/// <summary>A capture that does not end when asked to takes no more of a stop's deadline than its share.</summary>
public sealed class ClosingTimeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("closing-test-").FullName;
    private readonly FaultySink _sink = new();
    private readonly FakeCaptureSource _source = new(TimeProvider.System) { AreDeaf = true };
    private readonly SpoolSession _spool;

    public ClosingTimeTests() => _spool = new SpoolRoot(Path.Combine(_folder, "data"), TrustPolicy.Off)
        .Create(TestSpool.Document() with { StartedAt = DateTimeOffset.UtcNow });

    public void Dispose()
    {
        _spool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_is_killed_in_time_for_its_picture_to_be_stored_and_the_account_to_be_closed()
    {
        await using var agent = new Agent(
            Parts(), new Dictionary<string, IStorageSink> { ["sink"] = _sink }, Repair(), discardIfNothing: false);
        var running = agent.RunAsync(_spool.Document.StartedAt, GapCause.Starting);
        await agent.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);

        // Captures have twenty seconds where nobody presses.
        var report = await agent.StopAsync(12).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);

        Assert.True(report.Delivered);
        Assert.Equal(1, report.Segments);
        await running;
        Assert.Empty((await SessionVerifier.VerifyAsync(_sink, TestSpool.Document().Prefix, null, TestContext.Current.CancellationToken)).Faults);
    }

    [Fact]
    public async Task Killed_late_it_leaves_a_gap_for_what_it_did_not_take()
    {
        using var kill = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var recording = new SessionRecording(Parts());
        var running = recording.RunAsync(_spool.Document.StartedAt, GapCause.Starting, stop.Token, new ClosingTime(kill.Token, default));
        await recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);
        _source.Captures[0].Freeze();
        await Task.Delay(1500, TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        await kill.CancelAsync();
        SessionSealer.Seal(_spool, await running.WaitAsync(Patience, TestContext.Current.CancellationToken), "complete");

        var manifest = _spool.Read(account => ManifestBuilder.Build(_spool.Document, account, _spool.Ledger.LastHash));
        Assert.Single(manifest.Segments);
        Assert.Equal(GapCause.CaptureStalled, manifest.Gaps[^1].Cause);
        Assert.Empty(Coverage.FindUncovered(manifest));
    }

    [Fact]
    public async Task One_that_cannot_even_be_killed_leaves_the_account_to_recovery_when_the_time_is_over()
    {
        using var giveUp = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        var recording = new SessionRecording(Parts());
        var running = recording.RunAsync(_spool.Document.StartedAt, GapCause.Starting, stop.Token, new ClosingTime(default, giveUp.Token));
        await recording.FirstFrame.WaitAsync(Patience, TestContext.Current.CancellationToken);

        await stop.CancelAsync();
        await giveUp.CancelAsync();

        var failure = await Assert.ThrowsAsync<CaptureException>(() => running.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        Assert.Contains("did not end in time", failure.Message, StringComparison.Ordinal);
        await _source.Captures[0].DisposeAsync();
    }

    private SessionRepair Repair() => new(_source, 5, NullLogger<SessionRepair>.Instance);

    private RecordingParts Parts() => new()
    {
        Session = new UserSession { Id = "session-1", User = "u", Host = "h", SystemSession = ":0" },
        Spool = _spool,
        Options = new CaptureOptions { MinimumFreeSpace = new ByteSize(1) },
        Source = _source,
        Display = new FakeDisplay(),
        Sessions = new FakeSessions(),
        Time = TimeProvider.System,
        Loggers = NullLoggerFactory.Instance,
        OnSegment = () => { },
    };
}
