using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Logging;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Logging;
using SessionRecorder.Tests.Spool;
using SessionRecorder.Tests.Tail;

namespace SessionRecorder.Tests.Upload;

/// <summary>A session's log reaches the sinks, after all of the recording and at no cost to it.</summary>
public sealed class LogDeliveryTests : IDisposable
{
    private const string First = "log/000000.jsonl";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestSpool _spool = new();
    private readonly LogFolder _folder = new();

    public void Dispose()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_log_is_stored_once_all_of_the_recording_is()
    {
        using var session = Record();
        using var log = NewLog();
        var sink = new FaultySink();

        await using var delivery = await DrainAsync(session, log, sink);

        Assert.True(delivery is { IsComplete: true, IsLogStored: true });
        var prefix = session.Document.Prefix;
        Assert.Equal([prefix + "ledger.jsonl", prefix + "manifest.json", prefix + First], sink.Attempts.TakeLast(3));
        Assert.Equal(_folder.Read("000000.jsonl"), System.Text.Encoding.UTF8.GetString(sink.Objects[prefix + First]));
        Assert.Contains("has confirmed all of the recording", _folder.Read("000000.jsonl"), StringComparison.Ordinal);
        Assert.Empty((await VerifyAsync(session, sink)).Faults);
    }

    [Fact]
    public async Task What_is_logged_once_the_last_piece_is_stored_stays_here_and_holds_up_nothing()
    {
        using var session = Record();
        using var log = NewLog();
        var sink = new FaultySink();
        await using var delivery = await DrainAsync(session, log, sink);

        log.Loggers.CreateLogger("any").LogInformation("late");

        Assert.True(delivery.IsLogStored);
        Assert.Equal(["000000.jsonl", "000001.jsonl"], _folder.Names);
        Assert.DoesNotContain(sink.Objects.Keys, key => key.EndsWith("log/000001.jsonl", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sink_that_does_not_take_the_log_has_all_of_the_recording_all_the_same()
    {
        using var session = Record();
        using var log = NewLog();
        var sink = new FaultySink { Hold = put => IsLog(put.Key) ? new TaskCompletionSource().Task : Task.CompletedTask };
        var start = DateTime.UtcNow;

        await using var delivery = await DrainAsync(session, log, sink, logPatience: TimeSpan.FromMilliseconds(200));

        Assert.True(delivery.IsComplete);
        Assert.False(delivery.IsLogStored);
        Assert.InRange(DateTime.UtcNow - start, TimeSpan.Zero, Patience / 2);
        Assert.Empty((await VerifyAsync(session, sink)).Faults);
    }

    [Fact]
    public async Task A_failure_of_the_log_that_passes_is_repeated()
    {
        using var session = Record();
        using var log = NewLog();
        var failures = 2;
        var sink = new FaultySink
        {
            Fault = put => IsLog(put.Key) && failures-- > 0 ? new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, put.Key) : null,
        };

        await using var delivery = await DrainAsync(session, log, sink);

        Assert.True(delivery.IsLogStored);
    }

    [Fact]
    public async Task A_log_that_is_refused_leaves_the_recording_delivered_and_is_sent_by_the_next_process()
    {
        var isRefused = true;
        var sink = new FaultySink
        {
            Fault = put => IsLog(put.Key) && isRefused ? new StorageException("not allowed", StorageFailure.Denied, isTransient: false, put.Key) : null,
        };
        using (var session = Record())
        {
            using var log = NewLog();
            await using var delivery = await DrainAsync(session, log, sink);
            Assert.True(delivery.IsComplete);
            Assert.False(delivery.IsLogStored);
            Assert.True(delivery.IsClean, "the tail of a recording that is stored goes, whatever becomes of the log");
            Assert.Equal("not allowed", session.Read(account => account.Delivery.Refused[("sink-0", First)]));
        }

        isRefused = false;
        using var again = _spool.Root.TryAcquire("session-1")!;
        using var next = NewLog(lines: 0);
        await using var later = await DrainAsync(again, next, sink);

        Assert.True(later is { IsComplete: true, IsLogStored: true });
        Assert.Contains(again.Document.Prefix + First, sink.Objects.Keys);
    }

    [Fact]
    public async Task A_full_piece_is_stored_while_the_recording_goes_on_and_its_hash_is_in_the_sealed_ledger()
    {
        using var session = Record(isSealed: false);
        using var log = NewLog();
        log.Cut();
        log.Loggers.CreateLogger("any").LogInformation("more");
        var sink = new FaultySink();
        await using var delivery = NewDelivery(session, log, sink);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => sink.Objects.ContainsKey(session.Document.Prefix + First));
        await Wait.UntilAsync(Patience, () => session.Read(a => a.Delivery.IsConfirmedAtAll("sink-0", First)));

        SessionSealer.Seal(session, TestSpool.At(30), "complete");
        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        Assert.Contains(session.Document.Prefix + "log/000001.jsonl", sink.Objects.Keys);
        Assert.Empty((await VerifyAsync(session, sink)).Faults);

        sink.Objects[session.Document.Prefix + First] = "forged"u8.ToArray();
        var fault = Assert.Single((await VerifyAsync(session, sink)).Faults);
        Assert.Equal((First, true), (fault.Object, fault.Fault.StartsWith("changed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_piece_that_is_being_sent_is_given_up_for_a_segment()
    {
        using var session = Record(isSealed: false);
        using var log = NewLog();
        log.Cut();
        var held = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        var segments = Task.CompletedTask;
        var sink = new FaultySink { Hold = put => IsLog(put.Key) ? held.Task : segments };
        await using var delivery = NewDelivery(session, log, sink);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => sink.Attempts.ToArray().Any(IsLog));

        // Held until that is known: one that is stored at once is in nobody's way.
        segments = told.Task;
        TestSpool.AddSegment(session, 40);
        delivery.Notify();
        told.SetResult();
        await Wait.UntilAsync(Patience, () => sink.Objects.Keys.Count(key => key.EndsWith(".mp4", StringComparison.Ordinal)) == 4);
        held.SetResult();
        SessionSealer.Seal(session, TestSpool.At(50), "complete");

        Assert.True(await delivery.DrainAsync(TestContext.Current.CancellationToken));
        Assert.True(sink.Attempts.Count(key => key.EndsWith(First, StringComparison.Ordinal)) >= 2, "it was not given up");
        Assert.True(delivery.IsLogStored);
    }

    [Fact]
    public async Task Where_nothing_may_be_read_a_piece_that_was_stored_before_a_crash_counts_as_stored()
    {
        using var session = Record();
        using var log = NewLog();
        log.Cut();
        var sink = new FaultySink { IsPutOnly = true };
        sink.Objects[session.Document.Prefix + First] = System.Text.Encoding.UTF8.GetBytes(_folder.Read("000000.jsonl"));

        await using var delivery = await DrainAsync(session, log, sink);

        Assert.True(delivery is { IsComplete: true, IsLogStored: true });
    }

    [Fact]
    public async Task A_place_that_is_another_sessions_gets_no_log()
    {
        using var session = Record();
        using var log = NewLog();
        var sink = new FaultySink();
        sink.Objects[session.Document.Prefix + "session.json"] = "another session"u8.ToArray();
        sink.Objects[session.Document.Prefix + "manifest.json"] = "its account"u8.ToArray();

        await using var delivery = await DrainAsync(session, log, sink);

        Assert.False(delivery.IsComplete);
        Assert.DoesNotContain(sink.Attempts, IsLog);
    }

    [Fact]
    public async Task Recovery_goes_on_in_the_next_piece_and_keeps_the_session_until_its_log_is_stored()
    {
        Record(isSealed: false).Dispose();
        NewLog().Dispose();
        var isDown = true;
        var sink = new FaultySink
        {
            Fault = put => IsLog(put.Key) && isDown ? new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, put.Key) : null,
        };

        var first = Assert.Single(await NewRecovery(sink).RunAsync(_ => { }, TestContext.Current.CancellationToken));
        Assert.True(first is { Delivered: true, LogWaiting: true });
        Assert.Single(_spool.Root.ListIds());

        isDown = false;
        var second = Assert.Single(await NewRecovery(sink).RunAsync(_ => { }, TestContext.Current.CancellationToken));
        Assert.True(second is { Delivered: true, LogWaiting: false });
        Assert.Empty(_spool.Root.ListIds());
        var prefix = TestSpool.Document().Prefix;
        Assert.Contains(prefix + First, sink.Objects.Keys);
        Assert.Contains("The recorder had died", System.Text.Encoding.UTF8.GetString(sink.Objects[prefix + "log/000001.jsonl"]), StringComparison.Ordinal);
        Assert.Empty((await SessionVerifier.VerifyAsync(sink, prefix, null, TestContext.Current.CancellationToken)).Faults);
    }

    [Fact]
    public async Task The_catalog_takes_the_log_for_a_part_of_its_session()
    {
        using var session = Record();
        using var log = NewLog();
        var sink = new FaultySink();
        await using var delivery = await DrainAsync(session, log, sink);

        var found = Assert.Single(await new RecordingCatalog(sink).ListAsync("", TestContext.Current.CancellationToken));

        Assert.Equal((session.Document.Prefix, 1), (found.Prefix, found.LogPieces));
    }

    private static bool IsLog(string key) => key.Contains("/log/", StringComparison.Ordinal);

    private static Task<VerifyReport> VerifyAsync(SpoolSession session, FaultySink sink) =>
        SessionVerifier.VerifyAsync(sink, session.Document.Prefix, null, TestContext.Current.CancellationToken);

    private SpoolSession Record(bool isSealed = true)
    {
        var session = _spool.Root.Create(TestSpool.Document());
        for (var i = 0; i < 3; i++)
        {
            TestSpool.AddSegment(session, i * 10);
        }

        if (isSealed)
        {
            SessionSealer.Seal(session, TestSpool.At(30), "complete");
        }

        return session;
    }

    private SessionLog NewLog(int lines = 3)
    {
        var files = _folder.Files(keepsAll: true);
        var log = new SessionLog(_folder.Path, files, _folder.Loggers(files), isUploaded: true);
        for (var i = 0; i < lines; i++)
        {
            log.Loggers.CreateLogger("any").LogInformation("line {Number}", i);
        }

        return log;
    }

    private static Delivery NewDelivery(SpoolSession session, SessionLog log, FaultySink sink, TimeSpan? logPatience = null) => new(
        session,
        new Dictionary<string, IStorageSink> { ["sink-0"] = sink },
        TimeProvider.System,
        log.Loggers.CreateLogger<Delivery>(),
        log: log)
    {
        LogPatience = logPatience ?? Patience,
        LogInterval = TimeSpan.FromMilliseconds(50),
    };

    private static async Task<Delivery> DrainAsync(SpoolSession session, SessionLog log, FaultySink sink, TimeSpan? logPatience = null)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var delivery = NewDelivery(session, log, sink, logPatience);
        await delivery.DrainAsync(deadline.Token);
        return delivery;
    }

    private OrphanRecovery NewRecovery(FaultySink sink) => new(
        _spool.Root,
        new SessionRepair(new LengthSource(), 5, NullLogger<SessionRepair>.Instance),
        _ => new Dictionary<string, IStorageSink> { ["sink-0"] = sink },
        TimeProvider.System,
        NullLoggerFactory.Instance)
    {
        LogOf = _ => NewLog(lines: 0),
        LogPatience = TimeSpan.FromSeconds(1),
    };
}
