using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Storage;

/// <summary>Reads buckets with rclone, which shares nothing with the recorder.</summary>
public sealed class BucketReader(S3Server server, S3User user)
{
    /// <summary>Whether rclone is installed.</summary>
    public static bool IsAvailable => File.Exists("/usr/bin/rclone");

    /// <summary>Copies a bucket into a folder.</summary>
    public async Task DownloadAsync(string bucket, string folder) => await RunAsync("copy", $"store:{bucket}", folder);

    /// <summary>Every version of every object in a bucket; those that are not the newest have a time in their name.</summary>
    public async Task<IReadOnlyList<string>> ListVersionsAsync(string bucket) =>
        (await RunAsync("lsf", "--recursive", "--files-only", "--s3-versions", $"store:{bucket}"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task<string> RunAsync(params string[] arguments)
    {
        var result = await Tool.TryAsync("/usr/bin/rclone", [.. arguments, "--config", "/dev/null"], new Dictionary<string, string?>
        {
            ["AWS_CA_BUNDLE"] = null,
            ["RCLONE_CONFIG_STORE_TYPE"] = "s3",
            ["RCLONE_CONFIG_STORE_PROVIDER"] = "Ceph",
            ["RCLONE_CONFIG_STORE_ENDPOINT"] = server.Endpoint.AbsoluteUri,
            ["RCLONE_CONFIG_STORE_REGION"] = server.Region,
            ["RCLONE_CONFIG_STORE_ACCESS_KEY_ID"] = user.AccessKey,
            ["RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY"] = user.SecretKey,
        });
        return result.ExitCode == 0 ? result.Output : throw new IOException($"rclone {string.Join(' ', arguments)}: {result}");
    }
}
