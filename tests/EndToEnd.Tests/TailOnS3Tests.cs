using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Storage;

namespace SessionRecorder.Tests;

/// <summary>The same against a real S3 server, where the recorder may do nothing but put objects.</summary>
public sealed class TailOnS3Tests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_recorder_that_may_only_put_leaves_at_most_ten_seconds_out_of_the_bucket()
    {
        await using var server = await S3Server.StartAsync();
        Assert.SkipWhen(server?.KmsKey is null, "needs the S3 server of scripts/s3-server");
        Assert.SkipUnless(File.Exists("/usr/bin/s3cmd"), "needs s3cmd");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        var bucket = $"tail-{Guid.NewGuid():N}";
        var s3cmd = new S3Cmd(server, recorder.Folder);
        await s3cmd.RunAsync("mb", $"s3://{bucket}");
        await s3cmd.AllowPutAloneAsync(bucket);
        Use(recorder, server, bucket, server.User);

        await recorder.StartAsync("gone");
        await Task.Delay(TimeSpan.FromSeconds(18));
        var at = recorder.KillAll();
        await s3cmd.RunAsync("delpolicy", $"s3://{bucket}");
        await using var elsewhere = new Recorder(null, recorder.Folder);
        elsewhere.Configuration["DataDirectory"] = Path.Combine(recorder.Folder, "elsewhere");
        Use(elsewhere, server, bucket, server.User);

        Assert.Contains("last sign of life", (await elsewhere.RunAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("unfinished segment", (await elsewhere.RunAsync("show", "gone")).Output, StringComparison.Ordinal);
        Expect.ExitCode(4, await elsewhere.RunAsync("verify", "gone"));
        await Task.Delay(TimeSpan.FromSeconds(2));
        Expect.ExitCode(0, await elsewhere.RunAsync("recover", "--from-storage", "--session", "gone", "--older-than", "1s"));
        Expect.ExitCode(0, await elsewhere.RunAsync("verify", "gone"));

        Directory.CreateDirectory(Path.Combine(recorder.Folder, "copy"));
        await s3cmd.RunAsync("get", "--recursive", $"s3://{bucket}/", Path.Combine(recorder.Folder, "copy") + "/");
        var session = RecordedSession.FindAll(Path.Combine(recorder.Folder, "copy")).Single();
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        var missing = at - (await Footage.ReadAsync(session)).Frames[^1].Picture;
        output.WriteLine($"{missing.TotalSeconds:F2} s are missing from the bucket");
        Assert.InRange(missing.TotalSeconds, 0, 10);
    }

    [Fact]
    public async Task A_whole_session_with_the_right_to_put_alone_leaves_empty_pieces_and_verifies()
    {
        await using var server = await S3Server.StartAsync();
        Assert.SkipWhen(server?.KmsKey is null, "needs the S3 server of scripts/s3-server");
        Assert.SkipUnless(File.Exists("/usr/bin/s3cmd"), "needs s3cmd");
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var recorder = new Recorder(display.Name);
        var bucket = $"tail-{Guid.NewGuid():N}";
        var s3cmd = new S3Cmd(server, recorder.Folder);
        await s3cmd.RunAsync("mb", $"s3://{bucket}");
        await s3cmd.AllowPutAloneAsync(bucket);
        Use(recorder, server, bucket, server.User);
        recorder.Configuration["TailInterval"] = "1s";

        await recorder.StartAsync("whole");
        await Task.Delay(TimeSpan.FromSeconds(5));
        Expect.ExitCode(0, await recorder.RunAsync("stop", "--session", "whole"));

        await s3cmd.RunAsync("delpolicy", $"s3://{bucket}");
        Expect.ExitCode(0, await recorder.RunAsync("verify", "whole"));
        var stored = (await s3cmd.RunAsync("ls", "--recursive", $"s3://{bucket}/")).Split('\n');
        Assert.Single(stored, line => line.Contains("/whole/log/000000.jsonl", StringComparison.Ordinal));
        var pieces = stored
            .Where(line => line.Contains("/tail/", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2])
            .ToArray();
        Assert.NotEmpty(pieces);
        Assert.All(pieces, length => Assert.Equal("0", length));
        Assert.False(Directory.Exists(recorder.SpoolOf("whole")));
    }

    private static void Use(Recorder recorder, S3Server server, string bucket, S3User user) =>
        recorder.Configuration["Storage"] = new JsonObject
        {
            ["archive"] = new JsonObject
            {
                ["Plugin"] = "s3",
                ["Options"] = new JsonObject
                {
                    ["Bucket"] = bucket,
                    ["Endpoint"] = server.Endpoint.AbsoluteUri,
                    ["PathStyle"] = true,
                    ["Region"] = server.Region,
                    ["AccessKeyId"] = user.AccessKey,
                    ["SecretAccessKey"] = user.SecretKey,
                },
            },
        };

    private sealed class S3Cmd(S3Server server, string folder)
    {
        private string Configuration => Path.Combine(folder, "s3cfg");

        public Task<string> RunAsync(params string[] arguments)
        {
            File.WriteAllText(Configuration, $"""
                [default]
                access_key = {server.User.AccessKey}
                secret_key = {server.User.SecretKey}
                host_base = {server.Endpoint.Authority}
                host_bucket = {server.Endpoint.Authority}
                use_https = False
                """);
            return Tool.RunAsync("/usr/bin/s3cmd", ["-c", Configuration, .. arguments]);
        }

        /// <summary>Denied in so many words, for the bucket's owner may do everything else.</summary>
        public async Task AllowPutAloneAsync(string bucket)
        {
            var path = Path.Combine(folder, "policy.json");
            await File.WriteAllTextAsync(path, $$"""
                {"Version":"2012-10-17","Statement":[
                 {"Effect":"Deny","Principal":{"AWS":["arn:aws:iam:::user/recorder"]},
                 "Action":["s3:GetObject","s3:GetObjectVersion","s3:ListBucket","s3:DeleteObject","s3:AbortMultipartUpload"],
                 "Resource":["arn:aws:s3:::{{bucket}}","arn:aws:s3:::{{bucket}}/*"]}]}
                """);
            await RunAsync("setpolicy", path, $"s3://{bucket}");
        }
    }
}
