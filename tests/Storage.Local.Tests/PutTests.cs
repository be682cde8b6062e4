using System.Text;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PutTests
{
    [Fact]
    public async Task What_is_stored_lies_under_its_key_and_can_be_found_and_read()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        var bytes = new byte[300_000];
        Random.Shared.NextBytes(bytes);

        var stored = await sink.PutAsync(Folder.Put("a/b c/video.mp4", bytes), CancellationToken.None);

        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder.At("a", "b c", "video.mp4")));
        Assert.Equal(["a/b c/video.mp4"], folder.Files);
        Assert.Equal((stored.Key, 300_000L, Folder.Hash(bytes)), ("a/b c/video.mp4", stored.Length, stored.Sha256));
        Assert.Equal(stored, await sink.FindAsync("a/b c/video.mp4", CancellationToken.None));
        await using var reader = await sink.OpenReadAsync("a/b c/video.mp4", CancellationToken.None);
        var copy = new MemoryStream();
        await reader.CopyToAsync(copy);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        using var folder = new Folder();

        await folder.Sink().PutAsync(Folder.Put("empty", ""), CancellationToken.None);

        Assert.Equal(0, (await folder.Sink().FindAsync("empty", CancellationToken.None))?.Length);
    }

    [Fact]
    public async Task Storing_the_same_bytes_again_succeeds_and_changes_nothing()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        var first = await sink.PutAsync(Folder.Put("k", "same"), CancellationToken.None);
        File.SetLastWriteTimeUtc(folder.At("k"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        foreach (var replace in new[] { false, true })
        {
            var again = await sink.PutAsync(Folder.Put("k", "same", replace), CancellationToken.None);

            Assert.Equal(first.Sha256, again.Sha256);
            Assert.Equal(2020, again.ModifiedAt?.Year);
        }

        Assert.Equal(2020, File.GetLastWriteTimeUtc(folder.At("k")).Year);
        Assert.Equal(["k"], folder.Files);
    }

    [Fact]
    public async Task Other_bytes_under_the_same_key_are_a_permanent_conflict_and_the_first_stay()
    {
        using var folder = new Folder();
        await folder.Sink().PutAsync(Folder.Put("k", "first"), CancellationToken.None);

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => folder.Sink().PutAsync(Folder.Put("k", "other"), CancellationToken.None));

        Assert.Equal((StorageFailure.Conflict, false, "k"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.Equal("first", await File.ReadAllTextAsync(folder.At("k")));
        Assert.Equal(["k"], folder.Files);
    }

    [Fact]
    public async Task A_replacing_put_replaces_and_who_reads_meanwhile_reads_the_old_bytes_on()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        await sink.PutAsync(Folder.Put("manifest.json", "old", replace: true), CancellationToken.None);
        using var reader = new StreamReader(await sink.OpenReadAsync("manifest.json", CancellationToken.None));

        await sink.PutAsync(Folder.Put("manifest.json", "newer", replace: true), CancellationToken.None);

        Assert.Equal("old", await reader.ReadToEndAsync());
        Assert.Equal("newer", await File.ReadAllTextAsync(folder.At("manifest.json")));
        Assert.Equal(["manifest.json"], folder.Files);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("short")]
    [InlineData("long")]
    public async Task Bytes_that_are_not_those_announced_are_not_stored(string fault)
    {
        using var folder = new Folder();
        var good = Folder.Put("k", "announced");
        var came = fault switch { "flipped" => "announceD", "short" => "announce", _ => "announced!" };
        var put = good with { Content = new MemoryStream(Encoding.UTF8.GetBytes(came)) };

        var failure = await Assert.ThrowsAsync<StorageException>(() => folder.Sink().PutAsync(put, CancellationToken.None));

        Assert.Equal((StorageFailure.Corrupted, true), (failure.Failure, failure.IsTransient));
        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task A_source_that_cannot_be_read_is_told_as_such_and_leaves_nothing()
    {
        using var folder = new Folder();
        var put = Folder.Put("k", "x") with { Content = new BrokenStream(new IOException("the spool's disk is gone")) };

        var failure = await Assert.ThrowsAsync<StorageException>(() => folder.Sink().PutAsync(put, CancellationToken.None));

        Assert.Equal((StorageFailure.Other, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("the spool's disk is gone", failure.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task A_cancelled_put_leaves_nothing()
    {
        using var folder = new Folder();
        using var cancel = new CancellationTokenSource();
        var put = Folder.Put("k", new byte[1_000_000]);
        put = put with { Content = new CancellingStream(put.Content, cancel) };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => folder.Sink().PutAsync(put, cancel.Token));

        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task Fifty_puts_at_once_all_arrive()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        var puts = Enumerable.Range(0, 50).Select(i => Folder.Put($"s/{i % 7}/{i:D3}", new string('x', i * 1000))).ToArray();

        await Task.WhenAll(puts.Select(put => Task.Run(() => sink.PutAsync(put, CancellationToken.None))));

        Assert.Equal(puts.Select(put => put.Key).Order(StringComparer.Ordinal), folder.Files);
        foreach (var put in puts)
        {
            Assert.Equal(put.Sha256, (await sink.FindAsync(put.Key, CancellationToken.None))?.Sha256);
        }
    }

    [Fact]
    public async Task Of_two_that_store_different_bytes_under_one_key_exactly_one_succeeds()
    {
        using var folder = new Folder();
        for (var round = 0; round < 100; round++)
        {
            var key = $"race/{round}";
            var puts = new[] { Folder.Put(key, "left"), Folder.Put(key, "right") };
            using var start = new Barrier(puts.Length);

            var results = await Task.WhenAll(puts.Select(put => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return TryPut(folder.Sink(), put);
                },
                TaskCreationOptions.LongRunning).Unwrap()));

            var winner = Assert.Single(results, result => result.Failure is null).Put;
            Assert.Equal(StorageFailure.Conflict, Assert.Single(results, result => result.Failure is not null).Failure);
            Assert.Equal(winner.Sha256, (await folder.Sink().FindAsync(key, CancellationToken.None))?.Sha256);
        }

        Assert.Equal(100, folder.Files.Length);
    }

    [Fact]
    public async Task Of_two_that_store_the_same_bytes_under_one_key_both_succeed()
    {
        using var folder = new Folder();
        for (var round = 0; round < 50; round++)
        {
            var key = $"race/{round}";

            var results = await Task.WhenAll(Enumerable.Range(0, 4)
                .Select(_ => Task.Run(() => TryPut(folder.Sink(), Folder.Put(key, "same")))));

            Assert.All(results, result => Assert.Null(result.Failure));
        }

        Assert.Equal(50, folder.Files.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_name_that_is_taken_stays_with_who_has_it(bool withoutRename)
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.At("taken"), "first");
        await File.WriteAllTextAsync(folder.At("new"), "second");

        if (withoutRename)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux(), "the way of file systems under Linux");
            Assert.Throws<IOException>(() => DurableFolder.LinkAndUnlink(folder.At("new"), folder.At("taken")));
            DurableFolder.LinkAndUnlink(folder.At("new"), folder.At("free"));
        }
        else
        {
            Assert.False(DurableFolder.TryAdd(folder.At("new"), folder.At("taken")));
            Assert.True(DurableFolder.TryAdd(folder.At("new"), folder.At("free")));
        }

        Assert.Equal("first", await File.ReadAllTextAsync(folder.At("taken")));
        Assert.Equal("second", await File.ReadAllTextAsync(folder.At("free")));
        Assert.Equal(["free", "taken"], folder.Files);
    }

    [Fact]
    public async Task Temporary_files_of_the_dead_are_removed_after_an_hour_and_those_of_the_living_are_not()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        string[] names = [".tmp-0123~", ".tmp-4567~", ".tmp-of-somebody-else", "other~"];
        foreach (var name in names)
        {
            await File.WriteAllTextAsync(folder.At(name), "");
            File.SetLastWriteTimeUtc(folder.At(name), DateTime.UtcNow - TimeSpan.FromMinutes(name == names[1] ? 59 : 61));
        }

        await sink.PutAsync(Folder.Put("k", "x"), CancellationToken.None);

        Assert.Equal([".tmp-4567~", ".tmp-of-somebody-else", "k", "other~"], folder.Files);
    }

    [Fact]
    public async Task A_long_lived_sink_looks_for_temporary_files_again_after_an_hour()
    {
        using var folder = new Folder();
        var time = new SettableTime();
        var sink = folder.Sink(time);
        await sink.PutAsync(Folder.Put("a", "x"), CancellationToken.None);
        await File.WriteAllTextAsync(folder.At(".tmp-0123~"), "");

        time.Now += TimeSpan.FromHours(2);
        await sink.PutAsync(Folder.Put("b", "x"), CancellationToken.None);

        Assert.Equal(["a", "b"], folder.Files);
    }

    [Fact]
    public async Task Folders_and_files_are_for_their_owner_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows inherits access rights");
        using var folder = new Folder();
        var sink = Folder.SinkAt(folder.At("new", "root"));

        await sink.PutAsync(Folder.Put("a/b", "x"), CancellationToken.None);

        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var created in new[] { folder.At("new"), folder.At("new", "root"), folder.At("new", "root", "a") })
        {
            Assert.Equal(Owner | UnixFileMode.UserExecute, new FileInfo(created).UnixFileMode);
        }

        Assert.Equal(Owner, new FileInfo(folder.At("new", "root", "a", "b")).UnixFileMode);
    }

    private static async Task<(StoragePut Put, StorageFailure? Failure)> TryPut(LocalStorageSink sink, StoragePut put)
    {
        try
        {
            await sink.PutAsync(put, CancellationToken.None);
            return (put, null);
        }
        catch (StorageException e)
        {
            return (put, e.Failure);
        }
    }

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class BrokenStream(Exception failure) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw failure;
    }

    private sealed class CancellingStream(Stream inner, CancellationTokenSource cancel) : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, CancellationToken.None);
            await cancel.CancelAsync();
            return read;
        }
    }
}
