using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Upload;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Upload;

public sealed class DeliveryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public async Task A_sealed_session_is_stored_whole_in_every_sink_and_verifies_there()
    {
        using var session = Record(segments: 3);
        SessionSealer.Seal(session, TestSpool.At(30), "complete");
        var sinks = new[] { new FaultySink(), new FaultySink() };

        Assert.True(await DeliverAsync(session, sinks));

        foreach (var sink in sinks)
        {
            var report = await SessionVerifier.VerifyAsync(sink, session.Document.Prefix, null, TestContext.Current.CancellationToken);
            Assert.Empty(report.Faults);
        }
    }

    [Fact]
    public async Task A_local_file_goes_only_when_every_sink_has_confirmed_it()
    {
        using var session = Record(segments: 1);
        var up = new FaultySink();
        var down = new FaultySink { IsDown = true };
        await using var delivery = Start(session, up, down);
        var file = Directory.GetFiles(session.VideoDirectory).Single();

        await Wait.UntilAsync(Patience, () => up.Objects.Keys.Any(key => key.EndsWith(".mp4", StringComparison.Ordinal)));
        await delivery.DisposeAsync();
        Assert.True(File.Exists(file));

        await using var later = Start(session, up, new FaultySink());
        await Wait.UntilAsync(Patience, () => !File.Exists(file));
    }

    [Fact]
    public async Task A_transient_failure_is_repeated_until_it_passes()
    {
        using var session = Record(segments: 2);
        SessionSealer.Seal(session, TestSpool.At(20), "complete");
        var failures = 3;
        var sink = new FaultySink
        {
            Fault = put => put.Key.EndsWith(".mp4", StringComparison.Ordinal) && failures-- > 0
                ? new StorageException("no answer", StorageFailure.Unreachable, isTransient: true, put.Key)
                : null,
        };

        Assert.True(await DeliverAsync(session, sink));
        Assert.Equal(5, sink.Attempts.Count(key => key.EndsWith(".mp4", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_sinks_own_timeout_is_repeated_as_any_failure_that_passes()
    {
        using var session = Record(segments: 2);
        SessionSealer.Seal(session, TestSpool.At(20), "complete");
        var failures = 2;
        var sink = new FaultySink { Fault = _ => failures-- > 0 ? new TaskCanceledException("the request timed out") : null };

        Assert.True(await DeliverAsync(session, sink));
    }

    [Fact]
    public async Task A_local_file_that_was_changed_is_refused_and_does_not_hold_up_the_rest()
    {
        using var session = Record(segments: 3);
        SessionSealer.Seal(session, TestSpool.At(30), "complete");
        var changed = session.Read(account => account.Segments[0].Key);
        File.AppendAllText(session.PathOf(changed), "tampered");
        var sink = new FaultySink
        {
            Fault = put => put.Length != session.Read(a => a.Segments.FirstOrDefault(s => put.Key.EndsWith(s.Key, StringComparison.Ordinal))?.Bytes ?? put.Length)
                ? new StorageException("the hash does not agree", StorageFailure.Corrupted, isTransient: true, put.Key)
                : null,
        };

        Assert.False(await DeliverAsync(session, sink));

        Assert.Equal(2, sink.Objects.Keys.Count(key => key.EndsWith(".mp4", StringComparison.Ordinal)));
        Assert.Contains("not what was recorded", session.Read(a => a.Delivery.Refused[("sink-0", changed)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_permanent_refusal_is_said_once_and_kept_while_the_rest_goes_on()
    {
        using var session = Record(segments: 3);
        SessionSealer.Seal(session, TestSpool.At(30), "complete");
        var refused = session.Read(account => account.Segments[1].Key);
        var sink = new FaultySink
        {
            Fault = put => put.Key.EndsWith(refused, StringComparison.Ordinal)
                ? new StorageException("this name is not allowed here", StorageFailure.Invalid, isTransient: false, put.Key)
                : null,
        };

        Assert.False(await DeliverAsync(session, sink));

        Assert.Single(sink.Attempts, key => key.EndsWith(refused, StringComparison.Ordinal));
        Assert.Equal(2, sink.Objects.Keys.Count(key => key.EndsWith(".mp4", StringComparison.Ordinal)));
        Assert.True(File.Exists(session.PathOf(refused)));
        Assert.Contains("not allowed", session.Read(a => a.Delivery.Refused[("sink-0", refused)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_session_in_the_same_place_is_left_alone_altogether()
    {
        using var session = Record(segments: 2);
        SessionSealer.Seal(session, TestSpool.At(20), "complete");
        var sink = new FaultySink();
        sink.Objects[session.Document.Prefix + "session.json"] = "another session"u8.ToArray();
        sink.Objects[session.Document.Prefix + "manifest.json"] = "its account"u8.ToArray();

        Assert.False(await DeliverAsync(session, sink));

        Assert.Equal(2, sink.Objects.Count);
        Assert.Equal("its account"u8.ToArray(), sink.Objects[session.Document.Prefix + "manifest.json"]);
        Assert.Equal(2, Directory.GetFiles(session.VideoDirectory).Length);
    }

    [Fact]
    public async Task A_sink_that_is_down_delays_no_other()
    {
        using var session = Record(segments: 5);
        var up = new FaultySink();
        await using var delivery = Start(session, new FaultySink { IsDown = true }, up);

        await Wait.UntilAsync(Patience, () => up.Objects.Keys.Count(key => key.EndsWith(".mp4", StringComparison.Ordinal)) == 5);
    }

    [Fact]
    public async Task What_was_confirmed_before_a_restart_is_not_sent_again()
    {
        var sink = new FaultySink();
        using (var session = Record(segments: 2))
        {
            await using var delivery = Start(session, sink);
            await Wait.UntilAsync(Patience, () => sink.Objects.Keys.Count(key => key.EndsWith(".mp4", StringComparison.Ordinal)) == 2);
            await Wait.UntilAsync(Patience, () => Directory.GetFiles(session.VideoDirectory).Length == 0);
        }

        sink.Attempts.Clear();
        using var again = _spool.Root.TryAcquire("session-1")!;
        SessionSealer.Seal(again, TestSpool.At(20), "recovered");

        Assert.True(await DeliverAsync(again, sink));
        Assert.DoesNotContain(sink.Attempts, key => key.EndsWith(".mp4", StringComparison.Ordinal));
    }

    private SpoolSession Record(int segments)
    {
        var session = _spool.Root.Create(TestSpool.Document());
        for (var i = 0; i < segments; i++)
        {
            TestSpool.AddSegment(session, i * 10);
        }

        return session;
    }

    private static Delivery Start(SpoolSession session, params FaultySink[] sinks)
    {
        var named = sinks.Select((sink, i) => (sink, i)).ToDictionary(s => $"sink-{s.i}", s => (IStorageSink)s.sink);
        var delivery = new Delivery(session, named, TimeProvider.System, NullLogger<Delivery>.Instance);
        delivery.Start();
        return delivery;
    }

    private static async Task<bool> DeliverAsync(SpoolSession session, params FaultySink[] sinks)
    {
        using var deadline = new CancellationTokenSource(Patience);
        await using var delivery = Start(session, sinks);
        return await delivery.DrainAsync(deadline.Token);
    }
}
