using System.Text.Json.Nodes;
using Amazon.S3;
using Amazon.S3.Model;

namespace SessionRecorder.Tests;

/// <summary>Recordings reach a real S3 server whole, whatever happens on the way; rclone reads them back.</summary>
public sealed class DeliveryTests(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private const string Prefix = "recordings/local/host/user/";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_hundred_segments_survive_every_fault_and_each_is_stored_once()
    {
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        using var made = new TemporaryFolder();
        await using var recorder = new Recorder(null);
        var bucket = $"test-{Guid.NewGuid():N}";
        var credentials = UseS3(recorder, bucket, proxy.Port, store.Server.User);
        recorder.Configuration["Upload"] = new JsonObject { ["MaxBandwidth"] = "1MB" };
        var files = await SpoolBuilder.MakeSegmentsAsync(made["segments"], 200);
        var expected = await SpoolBuilder.BuildAsync(recorder.DataDirectory, "long", Prefix + "long/", files);

        await using var recovering = recorder.Launch("recover", "--timeout", "5m");
        await Task.Delay(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(recovering.HasExited, "it did not wait for the bucket");
        await store.Admin.PutBucketAsync(bucket, TestContext.Current.CancellationToken);
        await store.Admin.PutBucketVersioningAsync(
            new PutBucketVersioningRequest { BucketName = bucket, VersioningConfig = new S3BucketVersioningConfig { Status = VersionStatus.Enabled } },
            TestContext.Current.CancellationToken);
        await StoredAsync(bucket, 3, recovering);
        await StrikeAsync(proxy, new Fault(FaultKind.Reset, AfterBytes: 20_000, Times: 4), bucket, recovering);
        // One connection stalls for as long as the sink lets it; what comes next befalls the others meanwhile.
        await StrikeAsync(proxy, new Fault(FaultKind.Stall, AfterBytes: 20_000, Times: 1), bucket, recovering);
        await StrikeAsync(proxy, new Fault(FaultKind.LoseReply, Times: 4), bucket, recovering);
        await StrikeAsync(proxy, new Fault(FaultKind.FlipBit, AfterBytes: 20_000, Times: 4), bucket, recovering);
        await StrikeAsync(proxy, Fault.S3Error(503, "SlowDown", times: 4), bucket, recovering);
        await RenewCredentialsAsync(proxy, credentials, bucket, recovering);
        proxy.Fault = new Fault(FaultKind.Refuse);
        await Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        proxy.Fault = null;

        Expect.ExitCode(0, await recovering.WaitForExitAsync(TimeSpan.FromMinutes(2)));
        output.WriteLine($"{proxy.Hits} faults on {proxy.Connections} connections");
        await ExpectStoredOnceAsync(bucket, "long", expected);
        Assert.Empty(Directory.GetDirectories(Path.Combine(recorder.DataDirectory, "sessions")));
    }

    [Theory]
    [InlineData(FaultKind.Refuse)]
    [InlineData(FaultKind.Stall)]
    public async Task Against_a_server_that_stays_down_stop_keeps_its_deadline_and_recover_delivers_later(FaultKind kind)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port) { Fault = new Fault(kind) };
        await using var recorder = new Recorder(display.Name);
        var bucket = await store.NewBucketAsync();
        UseS3(recorder, bucket, proxy.Port, store.Server.User);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "1s";
        await recorder.StartAsync("kept");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);

        var stopped = await recorder.RunAsync("stop", "--session", "kept", "--timeout", "8s");

        Expect.ExitCode(4, stopped);
        Assert.InRange(stopped.Elapsed.TotalSeconds, 0, 9);
        var closed = ClosedSegments(recorder, "kept");
        var bytes = closed.Values.Sum(s => s.Bytes);
        var size = bytes < 1_000_000 ? $"{bytes / 1e3:0.#} kB" : $"{bytes / 1e6:0.#} MB";
        Assert.Contains($"sink archive: {closed.Count} segments ({size}) waiting", stopped.Error, StringComparison.Ordinal);
        Assert.Equal(closed.Count, Directory.GetFiles(Path.Combine(recorder.SpoolOf("kept"), "video")).Length);
        var status = await recorder.RunAsync("status");
        Assert.Contains($"{closed.Count} segments", status.Output, StringComparison.Ordinal);

        proxy.Fault = null;
        Expect.ExitCode(0, await recorder.RunAsync("recover"));
        await ExpectWholeAsync(bucket, new() { ["kept"] = closed });
    }

    [Fact]
    public async Task A_stop_whose_agent_does_not_answer_tells_what_stays_all_the_same()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port) { Fault = new Fault(FaultKind.Refuse) };
        await using var recorder = new Recorder(display.Name);
        UseS3(recorder, await store.NewBucketAsync(), proxy.Port, store.Server.User);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "1s";
        await recorder.StartAsync("silent");
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);

        ProcFs.Signal(Assert.Single(recorder.HostIds), ProcFs.SigStop);
        var stopped = await recorder.RunAsync("stop", "--session", "silent", "--timeout", "4s");

        Expect.ExitCode(4, stopped);
        Assert.InRange(stopped.Elapsed.TotalSeconds, 4, 6);
        Assert.Contains($"sink archive: {ClosedSegments(recorder, "silent").Count} segments", stopped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_put_only_policy_suffices_for_a_session_and_for_what_a_kill_leaves_of_it()
    {
        Assert.SkipWhen(store.Server.Other is null, "needs the second user of scripts/s3-server");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var recorder = new Recorder(display.Name);
        var bucket = await store.NewBucketAsync();
        await store.AllowOtherAsync(bucket, "s3:PutObject");
        UseS3(recorder, bucket, proxy.Port, store.Server.Other!);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "1s";

        await recorder.StartAsync("whole");
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Expect.ExitCode(0, await recorder.RunAsync("stop", "--session", "whole"));

        // Where nothing may be looked for, session.json goes up in parts. That it is stored, the agent does not hear any more
        // before it is killed.
        proxy.Fault = new Fault(FaultKind.StallReply) { Request = "killed/session.json?uploadId=" };
        await recorder.StartAsync("killed");
        await UntilAsync(async () => (await KeysAsync(bucket)).Any(key => key.EndsWith("killed/session.json", StringComparison.Ordinal)));
        await KillAsync(recorder);
        var closed = ClosedSegments(recorder, "killed");
        Assert.True(proxy.Hits > 0, "the agent heard that session.json is stored");
        Assert.DoesNotContain("\"fact\":\"uploaded\"", File.ReadAllText(Path.Combine(recorder.SpoolOf("killed"), "ledger.jsonl")), StringComparison.Ordinal);
        proxy.Fault = null;

        Expect.ExitCode(0, await recorder.RunAsync("recover"));
        await store.AllowOtherAsync(bucket, "s3:PutObject", "s3:GetObject", "s3:ListBucket");
        await ExpectWholeAsync(bucket, new() { ["killed"] = closed }, store.Server.Other);
    }

    [Fact]
    public async Task Killed_at_twenty_moments_no_closed_segment_is_missing_and_no_object_is_damaged()
    {
        var seed = Environment.GetEnvironmentVariable("SESSION_RECORDER_TEST_SEED") is { Length: > 0 } given ? int.Parse(given) : Random.Shared.Next();
        output.WriteLine($"SESSION_RECORDER_TEST_SEED={seed}");
        var random = new Random(seed);
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var recorder = new Recorder(display.Name);
        var bucket = await store.NewBucketAsync();
        UseS3(recorder, bucket, proxy.Port, store.Server.User);
        recorder.Configuration["Capture"]!["SegmentDuration"] = "1s";
        // Slow enough that many a kill strikes an upload.
        recorder.Configuration["Upload"] = new JsonObject { ["MaxBandwidth"] = "100kB" };
        var closed = new Dictionary<string, IReadOnlyDictionary<string, ManifestSegment>>();
        for (var round = 0; round < 20; round++)
        {
            var id = $"killed-{round:D2}";
            await recorder.StartAsync(id);
            await Task.Delay(TimeSpan.FromSeconds(3.5 * random.NextDouble()), TestContext.Current.CancellationToken);
            await KillAsync(recorder);
            foreach (var session in Directory.GetDirectories(Path.Combine(recorder.DataDirectory, "sessions")).Select(folder => Path.GetFileName(folder)))
            {
                closed[session] = ClosedSegments(recorder, session);
            }

            if (round % 5 == 4)
            {
                Expect.ExitCode(0, await recorder.RunAsync("recover"));
            }
        }

        Assert.Equal(20, closed.Count);
        Assert.True(closed.Values.Sum(segments => segments.Count) > 10, "hardly a segment was closed");
        await ExpectWholeAsync(bucket, closed);
        Assert.Empty(Directory.GetDirectories(Path.Combine(recorder.DataDirectory, "sessions")));
    }

    [Fact]
    public async Task Memory_does_not_grow_with_what_waits()
    {
        using var made = new TemporaryFolder();
        await using var recorder = new Recorder(null);
        var bucket = await store.NewBucketAsync();
        UseS3(recorder, bucket, store.Server.Endpoint.Port, store.Server.User);
        var files = await SpoolBuilder.MakeLargeFilesAsync(made["large"], 5, 60 << 20);
        await SpoolBuilder.BuildAsync(recorder.DataDirectory, "large", Prefix + "large/", files);

        await using var recovering = recorder.Launch("recover");
        var peak = 0L;
        while (!recovering.HasExited)
        {
            peak = Math.Max(peak, ProcFs.PeakResidentBytes(recovering.Id));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Expect.ExitCode(0, await recovering.WaitForExitAsync(Patience));
        output.WriteLine($"peak of 300 MB: {peak / 1e6:F0} MB resident");
        Assert.InRange(peak, 1, 160_000_000);
    }

    /// <returns>The file with the credentials.</returns>
    private string UseS3(Recorder recorder, string bucket, int port, S3User user)
    {
        Assert.SkipUnless(BucketReader.IsAvailable, "needs rclone, which scripts/s3-server installs");
        var file = Path.Combine(recorder.Folder, "credentials");
        WriteCredentials(file, user);
        recorder.Configuration["Storage"]!["archive"] = new JsonObject
        {
            ["Plugin"] = "s3",
            ["Options"] = new JsonObject
            {
                ["Bucket"] = bucket, ["Region"] = store.Server.Region, ["Endpoint"] = $"http://127.0.0.1:{port}", ["PathStyle"] = true,
                ["CredentialsFile"] = file, ["Profile"] = "test",
            },
        };
        return file;
    }

    private static void WriteCredentials(string file, S3User user)
    {
        File.WriteAllText(file + ".new", $"[test]\naws_access_key_id = {user.AccessKey}\naws_secret_access_key = {user.SecretKey}\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    private async Task StrikeAsync(FaultProxy proxy, Fault fault, string bucket, RunningProcess running)
    {
        var hits = proxy.Hits + fault.Times;
        proxy.Fault = fault;
        await UntilAsync(() => Task.FromResult(proxy.Hits >= hits || running.HasExited));
        Assert.True(proxy.Hits >= hits, $"it ended before {fault.Kind} had struck {fault.Times} times: {running.Error}");
        proxy.Fault = null;
        await StoredAsync(bucket, (await KeysAsync(bucket)).Count + 2, running);
        output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {fault.Kind} is over");
    }

    private async Task RenewCredentialsAsync(FaultProxy proxy, string file, string bucket, RunningProcess running)
    {
        // What the file holds from now on is refused by the server itself, until somebody renews it.
        WriteCredentials(file, new S3User("AKIAEXPIREDEXPIRED00", "expired"));
        await StrikeAsync2(proxy, Fault.S3Error(400, "ExpiredToken", times: 1));
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        var before = (await KeysAsync(bucket)).Count;
        Assert.False(running.HasExited);
        WriteCredentials(file, store.Server.User);
        await StoredAsync(bucket, before + 2, running);

        static async Task StrikeAsync2(FaultProxy proxy, Fault fault)
        {
            var hits = proxy.Hits + 1;
            proxy.Fault = fault;
            await UntilAsync(() => Task.FromResult(proxy.Hits >= hits));
            proxy.Fault = null;
        }
    }

    private async Task StoredAsync(string bucket, int count, RunningProcess running)
    {
        await UntilAsync(async () => running.HasExited || (await KeysAsync(bucket)).Count >= count);
        Assert.False(running.HasExited && (await KeysAsync(bucket)).Count < count, $"it ended early: {running.Error}");
    }

    private async Task<IReadOnlyList<string>> KeysAsync(string bucket)
    {
        var listed = await store.Admin.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket }, TestContext.Current.CancellationToken);
        return [.. (listed.S3Objects ?? []).Select(found => found.Key)];
    }

    private async Task ExpectStoredOnceAsync(string bucket, string id, IReadOnlyDictionary<string, string> expected)
    {
        using var copy = new TemporaryFolder();
        var reader = new BucketReader(store.Server, store.Server.User);
        await reader.DownloadAsync(bucket, copy.FullName);
        var session = Assert.Single(RecordedSession.FindAll(copy.FullName));
        Assert.Equal(id, session.Id);
        Assert.Empty(SessionAudit.CheckFiles(session));
        Assert.Empty(SessionAudit.CheckLedger(session));
        var stored = Directory.GetFiles(session.Folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(session.Folder, path), path => RecordedSession.Sha256(File.ReadAllBytes(path)));
        Assert.All(expected, entry => Assert.Equal(entry.Value, stored[entry.Key]));
        Assert.Equal(expected.Count + 2, stored.Count);

        var versions = await reader.ListVersionsAsync(bucket);
        Assert.Equal(
            stored.Keys.Where(key => key != "manifest.json").Order(StringComparer.Ordinal),
            versions.Where(name => !name.Contains("/manifest", StringComparison.Ordinal)).Select(name => name[(Prefix.Length + id.Length + 1)..]).Order(StringComparer.Ordinal));
    }

    /// <summary>All that was closed is stored as it was closed, and the sessions are whole by the tests' own judges.</summary>
    private async Task ExpectWholeAsync(string bucket, Dictionary<string, IReadOnlyDictionary<string, ManifestSegment>> closed, S3User? reader = null)
    {
        using var copy = new TemporaryFolder();
        await new BucketReader(store.Server, reader ?? store.Server.User).DownloadAsync(bucket, copy.FullName);
        var sessions = RecordedSession.FindAll(copy.FullName).ToDictionary(session => session.Id);
        foreach (var (id, segments) in closed)
        {
            Assert.True(sessions.ContainsKey(id), $"session {id} is not stored");
            Assert.Empty(await SessionAudit.FindProblemsAsync(sessions[id]));
            var stored = sessions[id].Manifest.Segments.ToDictionary(segment => segment.Key, segment => segment.Sha256);
            Assert.All(segments, entry => Assert.Equal(entry.Value.Sha256, stored[entry.Key]));
        }
    }

    /// <summary>What a session's ledger in the spool tells as closed.</summary>
    private static Dictionary<string, ManifestSegment> ClosedSegments(Recorder recorder, string session) =>
        File.ReadLines(Path.Combine(recorder.SpoolOf(session), "ledger.jsonl"))
            .Where(line => line.Contains("\"segment-closed\"", StringComparison.Ordinal) && line.EndsWith('}'))
            .Select(line => System.Text.Json.JsonSerializer.Deserialize<ManifestSegment>(line, System.Text.Json.JsonSerializerOptions.Web)!)
            .ToDictionary(segment => segment.Key);

    private static async Task KillAsync(Recorder recorder)
    {
        recorder.KillAll();
        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count + recorder.FfmpegIds.Count == 0, TimeSpan.FromSeconds(5), "no process is left");
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var end = DateTime.UtcNow + Patience; !await condition();)
        {
            Assert.True(DateTime.UtcNow < end, "it did not come about in time");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
