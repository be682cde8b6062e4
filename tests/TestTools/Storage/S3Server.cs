namespace SessionRecorder.TestTools.Storage;

/// <summary>A real S3 server: the one that the environment names, or Ceph's radosgw as <c>scripts/s3-server</c> sets it up.</summary>
/// <remarks>
/// An existing one is named by SESSION_RECORDER_TEST_S3_ENDPOINT, …_ACCESS_KEY and …_SECRET_KEY, optionally …_REGION; what
/// only the script's server has (other users, keys, a role) is then null.
/// </remarks>
public sealed class S3Server : StoreServer
{
    private S3Server(ServerSettings settings)
        : base(settings)
    {
    }

    public string Region => Get("REGION") ?? "us-east-1";

    /// <summary>The user whose buckets are used.</summary>
    public S3User User => new(Get("ACCESS_KEY")!, Get("SECRET_KEY")!);

    /// <summary>A user without any rights but those that a bucket's policy gives.</summary>
    public S3User? Other => FindUser("OTHER_");

    /// <summary>A user with five writes a minute.</summary>
    public S3User? Throttled => FindUser("THROTTLED_");

    /// <summary>A user whose buckets hold 1 MB.</summary>
    public S3User? Quota => FindUser("QUOTA_");

    public string? KmsKey => Get("KMS_KEY");

    /// <summary>A role that <see cref="User"/> may assume and that may do everything.</summary>
    public string? RoleArn => Get("ROLE_ARN");

    /// <summary>Finds the one in the environment, or starts the script's. Null where neither can be.</summary>
    /// <exception cref="IOException">The script failed.</exception>
    public static async Task<S3Server?> StartAsync() =>
        await FindAsync("S3", "s3-server", needsRoot: true, "ACCESS_KEY", "SECRET_KEY", "REGION") is { } settings ? new S3Server(settings) : null;

    private S3User? FindUser(string name) =>
        Get(name + "ACCESS_KEY") is { } id && Get(name + "SECRET_KEY") is { } secret ? new S3User(id, secret) : null;
}

/// <summary>An access key.</summary>
public sealed record S3User(string AccessKey, string SecretKey);
