namespace SessionRecorder.Tests;

public sealed class ListTests
{
    private static readonly string[] Keys = ["a-b", "a/b", "a/b-c/d", "a/b.c", "a/c/d", "a0", "b/.hidden", "z"];

    [Fact]
    public async Task Objects_are_listed_in_the_ordinal_order_of_their_keys_with_length_and_time()
    {
        using var folder = new Folder();
        await StoreAsync(folder);

        var listed = await folder.Sink().ListAsync("", CancellationToken.None).ToListAsync();

        Assert.Equal(Keys.Order(StringComparer.Ordinal), listed.Select(o => o.Key));
        Assert.All(listed, o => Assert.Equal((o.Key.Length, null), (o.Length, o.Sha256)));
        Assert.All(listed, o => Assert.InRange(DateTimeOffset.UtcNow - o.ModifiedAt!.Value, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("a/", "a/b,a/b-c/d,a/b.c,a/c/d")]
    [InlineData("a/b", "a/b,a/b-c/d,a/b.c")]
    [InlineData("a", "a-b,a/b,a/b-c/d,a/b.c,a/c/d,a0")]
    [InlineData("a/c/d", "a/c/d")]
    [InlineData("a/c/d/", "")]
    [InlineData("nothing", "")]
    [InlineData("../", "")]
    [InlineData("/", "")]
    public async Task Only_keys_that_begin_with_the_prefix_are_listed(string prefix, string expected)
    {
        using var folder = new Folder();
        await StoreAsync(folder);

        var listed = await folder.Sink().ListAsync(prefix, CancellationToken.None).ToListAsync();

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), listed.Select(o => o.Key));
    }

    [Fact]
    public async Task Temporary_and_foreign_files_are_not_listed()
    {
        using var folder = new Folder();
        await StoreAsync(folder);
        await File.WriteAllTextAsync(folder.At("a", ".tmp-0123~"), "");
        await File.WriteAllTextAsync(folder.At("a", "no*key"), "");

        Assert.Equal(Keys.Length, await folder.Sink().ListAsync("", CancellationToken.None).CountAsync());
    }

    [Fact]
    public async Task A_store_that_was_never_written_to_is_empty() =>
        Assert.Empty(await Folder.SinkAt(Path.Combine(Path.GetTempPath(), "never-there"))
            .ListAsync("", CancellationToken.None).ToListAsync());

    [Fact]
    public async Task What_goes_away_while_it_is_listed_is_left_out()
    {
        using var folder = new Folder();
        await StoreAsync(folder);
        var seen = new List<string>();

        await foreach (var stored in folder.Sink().ListAsync("", CancellationToken.None))
        {
            seen.Add(stored.Key);
            if (stored.Key == "a-b")
            {
                File.Delete(folder.At("a0"));
                Directory.Delete(folder.At("b"), recursive: true);
            }
        }

        Assert.Equal(["a-b", "a/b", "a/b-c/d", "a/b.c", "a/c/d", "z"], seen);
    }

    [Fact]
    public async Task A_listing_ends_when_it_is_cancelled()
    {
        using var folder = new Folder();
        await StoreAsync(folder);
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in folder.Sink().ListAsync("", cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
    }

    private static async Task StoreAsync(Folder folder)
    {
        // "a/b" cannot be a file and a folder at once, as in a store of objects; so no key lies below another.
        foreach (var key in Keys)
        {
            await folder.Sink().PutAsync(Folder.Put(key, key), CancellationToken.None);
        }
    }
}
