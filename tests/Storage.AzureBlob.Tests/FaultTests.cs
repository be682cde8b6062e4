using System.Diagnostics;

namespace SessionRecorder.Tests;

/// <summary>What the network does. Each call is one attempt; the next one, without the fault, must mend it.</summary>
public sealed class FaultTests(Store store)
{
    private const int Small = 300_000;
    private const int Large = 40 << 20;

    [Theory]
    [InlineData(FaultKind.Refuse, Small)]
    [InlineData(FaultKind.Reset, Small)]
    [InlineData(FaultKind.Stall, Small)]
    [InlineData(FaultKind.LoseReply, Small)]
    [InlineData(FaultKind.Refuse, Large)]
    [InlineData(FaultKind.Reset, Large)]
    [InlineData(FaultKind.Stall, Large)]
    [InlineData(FaultKind.LoseReply, Large)]
    public async Task A_broken_connection_is_transient_noticed_in_time_and_the_next_put_mends_it(FaultKind kind, int size)
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(store, container.Name, Through(proxy));
        var bytes = Sink.RandomBytes(size);
        await sink.PutAsync("before", "x");
        proxy.Fault = new Fault(kind, AfterBytes: 150_000, Times: 2);
        var watch = Stopwatch.StartNew();

        var failure = await sink.FailToPutAsync(Sink.Put("k", bytes));

        Assert.Equal((StorageFailure.Unreachable, true, "k"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.DoesNotContain('\n', failure.Message);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"noticed after {watch.Elapsed}");
        proxy.Fault = null;
        Assert.Equal(Sink.HashOf(bytes), (await sink.PutAsync(Sink.Put("k", bytes))).Sha256);
        Assert.Equal(bytes, await sink.ReadAsync("k"));
    }

    [Fact]
    public async Task Not_one_request_is_repeated_by_the_sink_itself()
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(store, container.Name, Through(proxy));
        proxy.Fault = new Fault(FaultKind.Refuse);

        await sink.FailToPutAsync();

        Assert.Equal(1, proxy.Connections);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Large)]
    public async Task A_bit_that_flips_on_the_way_is_noticed_by_the_server_and_nothing_wrong_is_stored(int size)
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(store, container.Name, Through(proxy));
        var bytes = Sink.RandomBytes(size);
        await sink.PutAsync("before", "x");
        proxy.Fault = new Fault(FaultKind.FlipBit, AfterBytes: 150_000, Times: 1);

        var failure = await sink.FailToPutAsync(Sink.Put("k", bytes));

        Assert.Equal(1, proxy.Hits);
        Assert.Equal((StorageFailure.Corrupted, true), (failure.Failure, failure.IsTransient));
        Assert.Null(await sink.FindAsync("k"));
        await sink.PutAsync(Sink.Put("k", bytes));
        Assert.Equal(bytes, await sink.ReadAsync("k"));
    }

    [Fact]
    public async Task A_bit_that_flips_anywhere_in_a_request_never_makes_the_sink_give_up_or_store_something_wrong()
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(store, container.Name, Through(proxy));
        await sink.PutAsync("before", "x");
        var bytes = Sink.RandomBytes(400);
        var failures = 0;
        for (var position = 0; position < 1300; position += 31)
        {
            var key = $"k{position}";
            proxy.Fault = new Fault(FaultKind.FlipBit, position, Times: 1);
            var attempts = await RetryAsHostAsync(() => sink.PutAsync(Sink.Put(key, bytes)), $"bit {position}");
            failures += attempts > 1 ? 1 : 0;
            proxy.Fault = null;

            Assert.Equal(bytes, await sink.ReadAsync(key));
        }

        Assert.InRange(failures, 10, 46);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Large)]
    public async Task Where_nothing_may_be_read_what_was_stored_without_an_answer_is_still_known_to_be_ours(int size)
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = PutOnly(container.Name, proxy);
        await sink.PutAsync("before", "x");
        var bytes = Sink.RandomBytes(size);
        var storedUnanswered = 0;
        for (var reply = 0; reply < (size > 1000 ? 6 : 3); reply++)
        {
            // Each reply of the upload's several requests gets lost once.
            var key = $"k{reply}";
            proxy.Fault = new Fault(FaultKind.LoseReply, Times: 1, Skip: reply);
            var attempts = await RetryAsHostAsync(() => sink.PutAsync(Sink.Put(key, bytes)), $"reply {reply}", onFailure: async () =>
                storedUnanswered += (await container.GetBlobClient(key).ExistsAsync()).Value ? 1 : 0);
            proxy.Fault = null;
            Assert.InRange(attempts, 1, 2);
            Assert.Equal(bytes, (await container.GetBlobClient(key).DownloadContentAsync()).Value.Content.ToArray());

            // And another process, which knows nothing of the first, is told the same.
            await using var another = PutOnly(container.Name, proxy);
            await another.PutAsync(Sink.Put(key, bytes));
            var conflict = await another.FailToPutAsync(key, "ours, but other");
            Assert.Equal((StorageFailure.Conflict, false), (conflict.Failure, conflict.IsTransient));
            Assert.Equal(bytes, (await container.GetBlobClient(key).DownloadContentAsync()).Value.Content.ToArray());
        }

        Assert.NotEqual(0, storedUnanswered);
    }

    [Fact]
    public async Task Where_nothing_may_be_read_what_somebody_else_stored_is_never_taken_for_ours()
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = PutOnly(container.Name, proxy);
        await container.GetBlobClient("k").UploadAsync(new BinaryData("somebody else's"));

        for (var attempt = 0; attempt < 2; attempt++)
        {
            // The second time there are blocks from the first, which must not become the object now.
            var conflict = await sink.FailToPutAsync("k", "ours");

            Assert.Equal((StorageFailure.Conflict, false), (conflict.Failure, conflict.IsTransient));
            Assert.Contains("reading", conflict.Remedy, StringComparison.Ordinal);
            Assert.Equal("somebody else's", (await container.GetBlobClient("k").DownloadContentAsync()).Value.Content.ToString());
        }
    }

    [Fact]
    public async Task A_reader_is_told_when_the_bytes_stop_coming()
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(store, container.Name, Through(proxy));
        await sink.PutAsync(Sink.Put("k", Sink.RandomBytes(8 << 20)));
        await using var content = await sink.Storage.OpenReadAsync("k", CancellationToken.None);
        proxy.Fault = new Fault(FaultKind.StallReply);

        var failure = await Assert.ThrowsAsync<StorageException>(() => content.CopyToAsync(Stream.Null));

        Assert.Equal((StorageFailure.Unreachable, true, "k"), (failure.Failure, failure.IsTransient, failure.Key));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_transient()
    {
        int port;
        await using (var gone = new FaultProxy(1))
        {
            port = gone.Port;
        }

        await using var sink = new Sink(store, "any", o => o.ConnectionString = store.ConnectionString(port));

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Unreachable, true), (failure.Failure, failure.IsTransient));
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Remedy);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_transient_and_told_as_such()
    {
        await using var sink = Sink.WithSas(store, "any", store.Sas("any", "cw"), set: o => o.AccountUrl = new Uri("http://no-such-account.invalid"));

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Unreachable, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("DNS", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<int> RetryAsHostAsync(Func<Task> put, string what, Func<Task>? onFailure = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await put();
                return attempt;
            }
            catch (StorageException e)
            {
                Assert.True(e.IsTransient && attempt < 5, $"{what}, attempt {attempt}: {e.Failure} {e.Message}");
                await (onFailure?.Invoke() ?? Task.CompletedTask);
            }
        }
    }

    private Sink PutOnly(string container, FaultProxy proxy) => Sink.WithSas(store, container, store.Sas(container, "cw"), proxy.Port);

    private Action<AzureBlobOptions> Through(FaultProxy proxy) => o => o.ConnectionString = store.ConnectionString(proxy.Port);
}
