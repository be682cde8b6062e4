using System.Diagnostics;

namespace SessionRecorder.Tests;

/// <summary>What the sink stores, read by somebody else's program; and what it costs to store much.</summary>
public sealed class IndependenceTests(Store store)
{
    [Fact]
    public async Task Another_program_reads_the_same_bytes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/rclone"), "needs rclone");
        using var folder = new TemporaryFolder();
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);
        var sizes = new[] { 0, 1, 300_000, 32 << 20, (32 << 20) + 1, 40 << 20 };
        foreach (var size in sizes)
        {
            await sink.PutAsync(Sink.Put($"s 1/video/{size}.mp4", Sink.RandomBytes(size)));
        }

        var environment = new Dictionary<string, string?>
        {
            ["RCLONE_CONFIG"] = "/dev/null",
            ["RCLONE_CONFIG_STORE_TYPE"] = "azureblob",
            ["RCLONE_CONFIG_STORE_SAS_URL"] = $"{container.Uri}?{store.Sas(container.Name, "rl")}",
        };
        await Tool.RunAsync("/usr/bin/rclone", ["copy", $"store:{container.Name}/s 1", folder["copy"]], environment);

        foreach (var size in sizes)
        {
            var copy = Path.Combine(folder["copy"], "video", $"{size}.mp4");
            Assert.Equal(Sink.HashOf(Sink.RandomBytes(size)), Sink.HashOf(await File.ReadAllBytesAsync(copy)));
        }

        // The MD5 that the store keeps is right for objects in one piece and in blocks.
        await Tool.RunAsync("/usr/bin/rclone", ["check", "--one-way", $"store:{container.Name}/s 1", folder["copy"]], environment);
    }

    [Theory]
    [InlineData("32MiB")]
    [InlineData("5000MiB")]
    public async Task Memory_stays_flat_however_large_the_object(string singlePutSize)
    {
        const long Size = 600L << 20;
        using var folder = new TemporaryFolder();
        await using (var file = File.Create(folder["large"]))
        {
            var block = Sink.RandomBytes(1 << 20);
            for (long written = 0; written < Size; written += block.Length)
            {
                await file.WriteAsync(block);
            }
        }

        await using var content = File.OpenRead(folder["large"]);
        var hash = Convert.ToHexStringLower(await System.Security.Cryptography.SHA256.HashDataAsync(content));
        content.Position = 0;
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o => o.SinglePutSize = singlePutSize, limits: TransferLimits.Default);
        await sink.PutAsync(Sink.Put("warm", Sink.RandomBytes(40 << 20)));
        var before = Resident(collect: true);
        using var ended = new CancellationTokenSource();
        var peak = WatchAsync(ended.Token);

        var stored = await sink.PutAsync(new() { Key = "large", Content = content, Length = Size, Sha256 = hash, ContentType = "video/mp4" });

        await ended.CancelAsync();
        Assert.Equal(hash, stored.Sha256);
        Assert.InRange(await peak - before, long.MinValue, 48L << 20);
        await container.DeleteAsync();
    }

    private static async Task<long> WatchAsync(CancellationToken ended)
    {
        long peak = 0;
        while (!ended.IsCancellationRequested)
        {
            peak = Math.Max(peak, Resident(collect: false));
            await Task.Delay(20, CancellationToken.None);
        }

        return peak;
    }

    private static long Resident(bool collect)
    {
        if (collect)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
        }

        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
