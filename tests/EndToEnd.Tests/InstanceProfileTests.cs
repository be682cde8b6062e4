using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;

namespace SessionRecorder.Tests;

/// <summary>An EC2 instance whose recordings are stored with the credentials of its instance profile, by a strict IMDSv2.</summary>
public sealed class InstanceProfileTests(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private static readonly TimeSpan _life = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Credentials_that_end_are_renewed_and_a_service_that_is_away_for_a_while_costs_nothing()
    {
        Assert.SkipUnless(BucketReader.IsAvailable, "needs rclone");
        Assert.SkipWhen(store.Server.RoleArn is null, "the S3 server has no role to assume");
        var role = new RoleSessions(store.Server, _life);
        var bucket = await store.NewBucketAsync();
        var port = MetadataServer.FreePort();
        await using var on = await WatchedMachine.CreateAsync();
        await on.InstallAsync("ec2", [], new JsonObject
        {
            ["Plugin"] = "s3",
            ["Options"] = new JsonObject
            {
                ["Bucket"] = bucket, ["Endpoint"] = store.Server.Endpoint.AbsoluteUri, ["PathStyle"] = true, ["Region"] = store.Server.Region,
            },
        });
        string instance;
        RunningProcess session;
        await using (var metadata = new MetadataServer(port) { Credentials = role.DescribeForInstance })
        {
            instance = metadata.InstanceId;

            // Where AWS's tools look for the service; on an instance it is not set.
            await on.StartServiceAsync(("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.Endpoint.AbsoluteUri.TrimEnd('/')));
            session = await on.Machine.LogOnAsync(on.User);
            await Recorder.WaitUntilAsync(() => role.Given.Count >= 4, _patience, "the credentials are renewed");
        }

        // Longer than any credentials live.
        await Task.Delay(_life + TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var away = (await on.RecordingAsync())!;
        output.WriteLine(away.ToJsonString());
        Assert.Equal("recording", (string)away["state"]!);
        Assert.True((int)away["sinks"]![0]!["segments"]! > 0, "nothing waits, so nothing was shown");
        Assert.Contains("instance metadata", (string?)away["sinks"]![0]!["lastError"], StringComparison.Ordinal);

        await using var back = new MetadataServer(port) { Credentials = role.DescribeForInstance };
        await Recorder.WaitUntilAsync(() => Waiting(on) == 0, _patience, "what waited is delivered");
        var logs = on.Logs;
        await SimulatedMachine.LogOffAsync(session);
        await on.UntilDeliveredAsync();

        using var copy = new TemporaryFolder();
        await new BucketReader(store.Server, store.Server.User).DownloadAsync(bucket, copy["bucket"]);
        var stored = Assert.Single(RecordedSession.FindAll(copy["bucket"]));
        Assert.Equal("complete", stored.Manifest.State);
        Assert.Empty(await SessionAudit.FindProblemsAsync(stored));
        Assert.EndsWith($"/ec2/{instance}/{on.User.Name}/{stored.Id}", stored.Folder, StringComparison.Ordinal);
        Assert.DoesNotContain("upload-refused", await File.ReadAllTextAsync(stored.LedgerPath), StringComparison.Ordinal);
        Assert.NotEmpty(logs);
        Assert.Contains("\"event\":", logs, StringComparison.Ordinal);
        Assert.All(role.Given, given => Assert.DoesNotContain(given.SecretAccessKey, logs, StringComparison.Ordinal));
        Assert.All(role.Given, given => Assert.DoesNotContain(given.SessionToken, logs, StringComparison.Ordinal));
    }

    private static int Waiting(WatchedMachine on) => (int)on.RecordingAsync().Result!["sinks"]![0]!["segments"]!;
}
