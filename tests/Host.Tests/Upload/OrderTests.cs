using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Upload;

/// <summary>What is sent first, what goes on beside what fails, and what is tried again.</summary>
public sealed class OrderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public async Task At_the_end_the_manifest_as_it_stands_goes_first_then_the_newest_segment_and_the_seal_last()
    {
        using var session = Record(segments: 12);
        var gate = new TaskCompletionSource();
        var sink = new FaultySink { Hold = put => IsSegment(put.Key) ? gate.Task : Task.CompletedTask };
        await using var delivery = NewDelivery(session, sink);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => sink.Attempts.Count(IsSegment) == 4);

        delivery.Hurry();
        TestSpool.AddSegment(session, 120);
        SessionSealer.Seal(session, TestSpool.At(130), "complete");
        sink.Attempts.Clear();
        gate.SetResult();
        Assert.True(await DrainAsync(delivery));

        var sent = sink.Attempts.Select(key => key[session.Document.Prefix.Length..]).ToArray();
        var newest = session.Read(account => account.Segments.Skip(4).Reverse().Select(segment => segment.Key).ToArray());
        // Those that were under way already do not stand in the list.
        Assert.Equal("manifest.json", sent[0]);
        Assert.Equal(newest.Order(StringComparer.Ordinal), sent.Where(IsSegment).Order(StringComparer.Ordinal));
        Assert.True(Array.IndexOf(sent, newest[0]) < Array.IndexOf(sent, newest[4]), "the newest came after an older one");
        Assert.True(Array.IndexOf(sent, newest[4]) < Array.IndexOf(sent, newest[8]), "an older one came before a newer one");
        Assert.Equal(["ledger.jsonl", "manifest.json"], sent[^2..]);
        Assert.Empty((await SessionVerifier.VerifyAsync(sink, session.Document.Prefix, null, TestContext.Current.CancellationToken)).Faults);
    }

    [Fact]
    public async Task What_is_stored_at_a_deadline_is_told_as_not_wholly_stored_and_never_as_complete()
    {
        using var session = Record(segments: 12);
        SessionSealer.Seal(session, TestSpool.At(120), "complete");
        var newest = session.Read(account => account.Segments[^1].Key);
        var sink = new FaultySink
        {
            Hold = put => !IsSegment(put.Key) || put.Key.EndsWith(newest, StringComparison.Ordinal) ? Task.CompletedTask : Task.Delay(Timeout.Infinite),
        };
        await using var delivery = NewDelivery(session, sink);
        delivery.Hurry();
        delivery.Start();
        await Wait.UntilAsync(Patience, () => sink.Objects.Count == 3);
        using var over = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.False(await delivery.DrainAsync(over.Token));

        var report = await SessionVerifier.VerifyAsync(sink, session.Document.Prefix, null, TestContext.Current.CancellationToken);

        Assert.Equal("recording", report.State);
        Assert.Equal(1, report.Segments);
        Assert.Contains(report.Faults, fault => fault.Fault.Contains("not all of it has been delivered yet", StringComparison.Ordinal));
        Assert.Equal(11, report.Faults.Count(fault => fault.Fault.Contains("not stored yet", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_object_that_fails_again_and_again_does_not_hold_up_the_others()
    {
        using var session = Record(segments: 5);
        var poison = session.Read(account => account.Segments[0].Key);
        var sink = new FaultySink
        {
            Fault = put => put.Key.EndsWith(poison, StringComparison.Ordinal)
                ? new StorageException("the connection broke", StorageFailure.Unreachable, isTransient: true, put.Key)
                : null,
        };
        await using var delivery = NewDelivery(session, sink);
        delivery.Start();

        await Wait.UntilAsync(Patience, () => sink.Objects.Keys.Count(IsSegment) == 4);

        // Stored is a moment before noted as stored.
        await Wait.UntilAsync(Patience, () => Assert.Single(delivery.Status).Segments == 1);
        Assert.True(File.Exists(session.PathOf(poison)));
    }

    [Fact]
    public async Task A_transfer_that_hangs_does_not_hold_up_the_others_even_when_one_of_them_fails()
    {
        using var session = Record(segments: 6);
        var hanging = session.Read(account => account.Segments[0].Key);
        var failures = 2;
        var sink = new FaultySink
        {
            Hold = put => put.Key.EndsWith(hanging, StringComparison.Ordinal) ? Task.Delay(Timeout.Infinite) : Task.CompletedTask,
            Fault = put => IsSegment(put.Key) && Interlocked.Decrement(ref failures) >= 0
                ? new StorageException("the connection broke", StorageFailure.Unreachable, isTransient: true, put.Key)
                : null,
        };
        await using var delivery = NewDelivery(session, sink);
        delivery.Start();

        await Wait.UntilAsync(Patience, () => sink.Objects.Keys.Count(IsSegment) == 5);
    }

    [Fact]
    public async Task The_end_of_a_recording_does_not_wait_for_a_long_backoff_to_pass()
    {
        using var session = Record(segments: 1);
        var isDown = true;
        var sink = new FaultySink
        {
            Fault = put => isDown ? new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, put.Key) : null,
        };
        await using var delivery = NewDelivery(session, sink);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => delivery.Status[0].RetryInSeconds > 2.5);

        isDown = false;
        delivery.Hurry();

        var began = DateTime.UtcNow;
        await Wait.UntilAsync(Patience, () => sink.Objects.Keys.Any(IsSegment));
        Assert.InRange((DateTime.UtcNow - began).TotalSeconds, 0, 2);
    }

    [Theory]
    [InlineData(-24)]
    [InlineData(24)]
    public async Task A_clock_that_is_set_does_not_keep_a_sink_from_being_tried_again(int hours)
    {
        using var session = Record(segments: 1);
        var time = new Recording.SettableTime();
        var isDown = true;
        var sink = new FaultySink
        {
            Fault = put => isDown ? new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, put.Key) : null,
        };
        await using var delivery = new Delivery(
            session, new Dictionary<string, IStorageSink> { ["sink"] = sink }, time, NullLogger<Delivery>.Instance);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => sink.Attempts.Count > 2);

        time.Shift = TimeSpan.FromHours(hours);
        isDown = false;

        await Wait.UntilAsync(Patience, () => sink.Objects.Keys.Any(IsSegment));
    }

    [Fact]
    public async Task What_was_refused_is_sent_by_the_next_process_once_the_permission_is_mended()
    {
        using (var session = Record(segments: 2))
        {
            SessionSealer.Seal(session, TestSpool.At(20), "complete");
            await using var delivery = NewDelivery(session, new FaultySink
            {
                Fault = put => new StorageException("this is not allowed", StorageFailure.Denied, isTransient: false, put.Key),
            });
            Assert.False(await DrainAsync(delivery));
            var status = Assert.Single(delivery.Status);
            Assert.Equal([new RefusedObject("session.json", "this is not allowed")], status.RefusedObjects);
            var backlog = SessionBacklog.Of("session-1", session.Read(account => account), ["sink"]);
            Assert.Equal((2, 1), (backlog.Segments, backlog.Sinks[0].Refused));
        }

        using var later = _spool.Root.TryAcquire("session-1")!;
        await using var again = NewDelivery(later, new FaultySink());
        Assert.True(await DrainAsync(again));
    }

    [Fact]
    public async Task What_was_refused_gets_another_chance_when_the_recording_ends()
    {
        using var session = Record(segments: 2);
        var isDenied = true;
        var sink = new FaultySink
        {
            Fault = put => isDenied ? new StorageException("this is not allowed", StorageFailure.Denied, isTransient: false, put.Key) : null,
        };
        await using var delivery = NewDelivery(session, sink);
        delivery.Start();
        await Wait.UntilAsync(Patience, () => delivery.Status[0].Refused == 1);

        isDenied = false;
        delivery.Hurry();
        SessionSealer.Seal(session, TestSpool.At(20), "complete");

        Assert.True(await DrainAsync(delivery));
        Assert.Equal(0, delivery.Status[0].Refused);
    }

    [Fact]
    public async Task When_a_refused_ledger_is_taken_after_all_its_manifest_follows()
    {
        using var session = Record(segments: 2);
        SessionSealer.Seal(session, TestSpool.At(20), "complete");
        var isDenied = true;
        var sink = new FaultySink
        {
            Fault = put => isDenied && put.Key.EndsWith("ledger.jsonl", StringComparison.Ordinal)
                ? new StorageException("this is not allowed", StorageFailure.Denied, isTransient: false, put.Key)
                : null,
        };
        await using var delivery = NewDelivery(session, sink);
        Assert.False(await DrainAsync(delivery));

        isDenied = false;
        delivery.Hurry();
        await Wait.UntilAsync(Patience, () => sink.Objects.ContainsKey(session.Document.Prefix + "ledger.jsonl"));

        Assert.True(await DrainAsync(delivery), delivery.Status[0].LastError);
    }

    [Fact]
    public async Task What_a_dead_process_stored_and_could_not_note_is_known_as_ours_where_nothing_may_be_read()
    {
        var sink = new FaultySink { IsPutOnly = true };
        using (var session = Record(segments: 2))
        {
            SessionSealer.Seal(session, TestSpool.At(20), "recovered");
            sink.Objects[session.Document.Prefix + "session.json"] = File.ReadAllBytes(Path.Combine(session.Directory, "session.json"));
            var segment = session.Read(account => account.Segments[0].Key);
            sink.Objects[session.Document.Prefix + segment] = File.ReadAllBytes(session.PathOf(segment));
        }

        using var later = _spool.Root.TryAcquire("session-1")!;
        await using var delivery = NewDelivery(later, sink);

        Assert.True(await DrainAsync(delivery), delivery.Status[0].LastError);
    }

    [Fact]
    public async Task Anothers_session_is_not_taken_for_ours_where_nothing_may_be_read()
    {
        var sink = new FaultySink { IsPutOnly = true };
        using var session = Record(segments: 2);
        SessionSealer.Seal(session, TestSpool.At(20), "recovered");
        sink.Objects[session.Document.Prefix + "session.json"] = "another session"u8.ToArray();
        sink.Objects[session.Document.Prefix + "manifest.json"] = "its account"u8.ToArray();
        await using var delivery = NewDelivery(session, sink);

        Assert.False(await DrainAsync(delivery));

        Assert.Equal(2, sink.Objects.Count);
        Assert.Equal("its account"u8.ToArray(), sink.Objects[session.Document.Prefix + "manifest.json"]);
    }

    [Fact]
    public async Task A_long_backlog_does_not_keep_a_running_session_without_a_manifest()
    {
        using var session = Record(segments: 8);
        var sink = new FaultySink { Hold = put => IsSegment(put.Key) ? Task.Delay(Timeout.Infinite) : Task.CompletedTask };
        await using var delivery = NewDelivery(session, sink);
        delivery.Start();

        await Wait.UntilAsync(Patience, () => sink.Objects.ContainsKey(session.Document.Prefix + "manifest.json"));
    }

    private static bool IsSegment(string key) => key.EndsWith(".mp4", StringComparison.Ordinal);

    private SpoolSession Record(int segments)
    {
        var session = _spool.Root.Create(TestSpool.Document());
        for (var i = 0; i < segments; i++)
        {
            TestSpool.AddSegment(session, i * 10);
        }

        return session;
    }

    private static Delivery NewDelivery(SpoolSession session, FaultySink sink) => new(
        session, new Dictionary<string, IStorageSink> { ["sink"] = sink }, TimeProvider.System, NullLogger<Delivery>.Instance);

    private static async Task<bool> DrainAsync(Delivery delivery)
    {
        using var deadline = new CancellationTokenSource(Patience);
        return await delivery.DrainAsync(deadline.Token);
    }
}
