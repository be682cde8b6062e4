using System.Diagnostics;

namespace SessionRecorder.Tests;

/// <summary>What the sink stores, read by somebody else's program; and what it costs to store much.</summary>
public sealed class IndependenceTests(Store store)
{
    [Fact]
    public async Task Another_program_reads_the_same_bytes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/s3cmd"), "needs s3cmd");
        using var folder = new TemporaryFolder();
        var bucket = await store.NewBucketAsync();
        await using var sink = new Sink(store, bucket);
        var sizes = new[] { 0, 1, 300_000, 16 << 20, (16 << 20) + 1, 40 << 20 };
        foreach (var size in sizes)
        {
            await sink.PutAsync(Sink.Put($"s 1/video/{size}.mp4", Sink.RandomBytes(size)));
        }

        Directory.CreateDirectory(folder["copy"]);
        await S3CmdAsync(folder, "get", "--recursive", $"s3://{bucket}/s 1/", folder["copy"] + "/");

        foreach (var size in sizes)
        {
            var copy = Path.Combine(folder["copy"], "video", $"{size}.mp4");
            Assert.Equal(Sink.HashOf(Sink.RandomBytes(size)), Sink.HashOf(await File.ReadAllBytesAsync(copy)));
        }

        var info = await S3CmdAsync(folder, "info", $"s3://{bucket}/s 1/video/300000.mp4");
        Assert.Contains("video/mp4", info, StringComparison.Ordinal);
        Assert.Contains(Sink.HashOf(Sink.RandomBytes(300_000)), info, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("16MiB")]
    [InlineData("1GiB")]
    public async Task Memory_stays_flat_however_large_the_object(string partSize)
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
        await using var sink = new Sink(store, await store.NewBucketAsync(), o => o.PartSize = partSize, limits: TransferLimits.Default);
        await sink.PutAsync("warm", "up");
        var before = Resident(collect: true);
        using var ended = new CancellationTokenSource();
        var peak = WatchAsync(ended.Token);

        var stored = await sink.PutAsync(new() { Key = "large", Content = content, Length = Size, Sha256 = hash, ContentType = "video/mp4" });

        await ended.CancelAsync();
        Assert.Equal(hash, stored.Sha256);
        Assert.InRange(await peak - before, long.MinValue, 32L << 20);
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

    private Task<string> S3CmdAsync(TemporaryFolder folder, params string[] arguments)
    {
        var address = store.Server.Endpoint.Authority;
        File.WriteAllText(folder["s3cfg"], $"""
            [default]
            access_key = {store.Server.User.AccessKey}
            secret_key = {store.Server.User.SecretKey}
            host_base = {address}
            host_bucket = {address}
            use_https = False
            """);
        return Tool.RunAsync("/usr/bin/s3cmd", ["-c", folder["s3cfg"], .. arguments]);
    }
}
