using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;
using SessionRecorder.Tests.Tail;
using SessionRecorder.Tests.Upload;

namespace SessionRecorder.Tests.Recording;

/// <summary>Many sessions left behind: one sink that is down keeps none of them from the others.</summary>
public sealed class OrphanRecoveryTests : IDisposable
{
    private const int Sessions = 7;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TestSpool _spool = new();
    private readonly FaultySink _well = new();
    private readonly FaultySink _down = new()
    {
        Fault = put => new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, put.Key),
    };

    public OrphanRecoveryTests()
    {
        for (var i = 0; i < Sessions; i++)
        {
            using var session = _spool.Root.Create(TestSpool.Document($"session-{i}"));
            TestSpool.AddSegment(session, 0);
            SessionSealer.Seal(session, TestSpool.At(10), "complete");
        }
    }

    public void Dispose() => _spool.Dispose();

    [Fact]
    public async Task A_sink_that_is_down_keeps_no_session_from_the_sink_that_is_not_however_many_there_are()
    {
        using var deadline = new CancellationTokenSource(Limit);
        var running = NewRecovery().RunAsync(_ => { }, deadline.Token);

        await Wait.UntilAsync(GrowingSession.Patience, () => _well.Objects.Keys.Count(key => key.EndsWith("/manifest.json", StringComparison.Ordinal)) == Sessions, "each session is in the sink that is well");
        Assert.False(running.IsCompleted);
        await deadline.CancelAsync();

        var recovered = await running;
        Assert.Equal(Sessions, recovered.Select(session => session.SessionId).Distinct().Count());
        Assert.Equal(Sessions, recovered.Count);
        Assert.All(recovered, session => Assert.False(session.Delivered));
        Assert.Equal(Sessions, _spool.Root.ListIds().Count);
    }

    [Fact]
    public async Task Who_gave_way_is_delivered_when_the_sink_comes_back_before_the_deadline()
    {
        using var deadline = new CancellationTokenSource(Limit);
        var running = NewRecovery().RunAsync(_ => { }, deadline.Token);
        await Wait.UntilAsync(GrowingSession.Patience, () => _well.Objects.Keys.Count(key => key.EndsWith("/manifest.json", StringComparison.Ordinal)) == Sessions, "each session is in the sink that is well");

        _down.Fault = _ => null;

        Assert.All(await running, session => Assert.True(session.Delivered, session.Error));
        Assert.Empty(_spool.Root.ListIds());
    }

    [Fact]
    public async Task A_session_whose_turn_did_not_come_in_time_is_not_passed_over_in_silence()
    {
        using var deadline = new CancellationTokenSource();
        await deadline.CancelAsync();

        var recovered = await NewRecovery().RunAsync(_ => { }, deadline.Token);

        Assert.Equal(Sessions, recovered.Count);
        Assert.All(recovered, session => Assert.False(session.Delivered));
    }

    private OrphanRecovery NewRecovery() => new(
        _spool.Root,
        new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance),
        _ => new Dictionary<string, IStorageSink> { ["down"] = _down, ["well"] = _well },
        TimeProvider.System,
        NullLoggerFactory.Instance)
    {
        Patience = TimeSpan.FromSeconds(1),
    };
}
