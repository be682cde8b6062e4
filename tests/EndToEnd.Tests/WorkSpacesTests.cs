using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;

namespace SessionRecorder.Tests;

/// <summary>Simulated personal WorkSpaces on Linux that store into a bucket, with each of docs/workspaces.md's ways to credentials.</summary>
public sealed class WorkSpacesTests(Store store) : IClassFixture<Store>
{
    private const string Helper = "/opt/rolesanywhere/aws_signing_helper";
    private const string HelperOptions =
        "--certificate /etc/ssl/machine.pem --private-key /etc/ssl/machine.key --trust-anchor-arn arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/t "
        + "--profile-arn arn:aws:rolesanywhere:eu-west-1:123456789012:profile/p --role-arn arn:aws:iam::123456789012:role/r";

    private const string ConfigFile = "/etc/session-recorder/aws-config";
    private const string Answer = "/opt/rolesanywhere/answer";

    private static readonly TimeSpan _life = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("roles-anywhere")]
    [InlineData("ssm")]
    [InlineData("own-store")]
    public async Task A_WorkSpace_is_known_by_its_agents_and_delivers_with_each_way_to_credentials(string way)
    {
        Assert.SkipUnless(BucketReader.IsAvailable, "needs rclone");
        Assert.SkipWhen(store.Server.RoleArn is null, "the S3 server has no role to assume");
        var role = new RoleSessions(store.Server, _life);
        var bucket = await store.NewBucketAsync();
        await using var on = await WatchedMachine.CreateAsync();
        foreach (var folder in new[] { "/usr/lib/skylight", "/var/lib/skylight" })
        {
            Directory.CreateDirectory(on.Machine.At(folder));
        }

        await using var renewing = await GiveAsync(way, role, on.Machine);
        await on.InstallAsync("workspaces", null, new JsonObject { ["Plugin"] = "s3", ["Options"] = await OptionsAsync(way, bucket) });
        await on.StartServiceAsync();
        var session = await on.Machine.LogOnAsync(on.User);
        await Recorder.WaitUntilAsync(
            () => on.RecordingAsync().Result is { } s && (int)s["segments"]! > 4 && (way == "own-store" || role.Given.Count > 3),
            _patience,
            "it is recorded, with more than one session of the role");
        await SimulatedMachine.LogOffAsync(session);
        await on.UntilDeliveredAsync();

        // What a user with the right to put alone has stored is that user's here, who may read it only now.
        var reader = way == "own-store" ? store.Server.Other! : store.Server.User;
        await store.AllowOtherAsync(bucket, "s3:PutObject", "s3:GetObject", "s3:ListBucket");
        using var copy = new TemporaryFolder();
        await new BucketReader(store.Server, reader).DownloadAsync(bucket, copy["bucket"]);
        var stored = Assert.Single(RecordedSession.FindAll(copy["bucket"]));
        Assert.Equal(("complete", "workspaces", on.User.Name), (stored.Manifest.State, stored.Manifest.Platform, stored.Manifest.User));
        Assert.Empty(await SessionAudit.FindProblemsAsync(stored));
        Assert.EndsWith($"/workspaces/{Environment.MachineName}/{on.User.Name}/{stored.Id}", stored.Folder, StringComparison.Ordinal);
        Assert.DoesNotContain("upload-refused", await File.ReadAllTextAsync(stored.LedgerPath), StringComparison.Ordinal);
    }

    /// <summary>Puts in place what gives credentials, and what keeps them new.</summary>
    private static async Task<Renewing> GiveAsync(string way, RoleSessions role, SimulatedMachine machine)
    {
        switch (way)
        {
            case "roles-anywhere":
                await machine.WriteAsync(Answer, role.DescribeForProcess());
                await machine.WriteAsync(Helper, $"#!/bin/sh\n[ \"$*\" = \"credential-process {HelperOptions}\" ] && [ \"$(id -u)\" = 0 ] && exec cat {Answer}\nexit 1\n");
                await Tool.RunAsync("chmod", ["0755", machine.At(Helper)]);
                await machine.WriteAsync(ConfigFile, $"[profile recorder]\ncredential_process = {Helper} credential-process {HelperOptions}\n");
                return new Renewing(() => machine.WriteAsync(Answer, role.DescribeForProcess()));
            case "ssm":
                await machine.WriteAsync(ConfigFile, role.DescribeForFile("default"));
                return new Renewing(() => machine.WriteAsync(ConfigFile, role.DescribeForFile("default")));
            default:
                return new Renewing(() => Task.CompletedTask);
        }
    }

    private async Task<JsonObject> OptionsAsync(string way, string bucket)
    {
        var options = new JsonObject
        {
            ["Bucket"] = bucket, ["Endpoint"] = store.Server.Endpoint.AbsoluteUri, ["PathStyle"] = true,
            ["Region"] = store.Server.Region, ["AllowInstanceMetadata"] = false,
        };
        switch (way)
        {
            case "roles-anywhere":
                (options["Profile"], options["CredentialsFile"]) = ("recorder", ConfigFile);
                break;
            case "ssm":
                (options["Profile"], options["CredentialsFile"]) = ("default", ConfigFile);
                break;
            default:
                await store.AllowOtherAsync(bucket, "s3:PutObject");
                (options["AccessKeyId"], options["SecretAccessKey"]) = (store.Server.Other!.AccessKey, store.Server.Other.SecretKey);
                break;
        }

        return options;
    }

    /// <summary>Does something every few seconds until disposed.</summary>
    private sealed class Renewing : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _loop;

        public Renewing(Func<Task> renew) => _loop = LoopAsync(renew);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _loop;
            _end.Dispose();
        }

        private async Task LoopAsync(Func<Task> renew)
        {
            using var timer = new PeriodicTimer(_life / 3);
            try
            {
                while (await timer.WaitForNextTickAsync(_end.Token))
                {
                    await renew();
                }
            }
            catch (OperationCanceledException)
            {
                // Disposed.
            }
        }
    }
}
