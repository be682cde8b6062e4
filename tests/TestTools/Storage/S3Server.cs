using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Storage;

/// <summary>
/// A real S3 server: the one that the environment names, or Ceph's radosgw as <c>scripts/s3-server</c> sets it up.
/// Disposing stops what this has started.
/// </summary>
/// <remarks>
/// An existing one is named by SESSION_RECORDER_TEST_S3_ENDPOINT, …_ACCESS_KEY and …_SECRET_KEY, optionally …_REGION; what
/// only the script's server has (other users, keys, a role) is then null.
/// </remarks>
public sealed class S3Server : IAsyncDisposable
{
    private const string Prefix = "SESSION_RECORDER_TEST_S3_";

    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(15);

    private readonly string? _script;
    private readonly IReadOnlyDictionary<string, string> _settings;

    private S3Server(IReadOnlyDictionary<string, string> settings, string? script)
    {
        _settings = settings;
        _script = script;
    }

    public Uri Endpoint => new(Get("ENDPOINT")!);

    /// <summary>The same over TLS, with a certificate of <see cref="CaFile"/>.</summary>
    public Uri? TlsEndpoint => Get("ENDPOINT_TLS") is { } address ? new Uri(address) : null;

    public string? CaFile => Get("CA_FILE");

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
    public static async Task<S3Server?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Prefix + "ENDPOINT") is { Length: > 0 })
        {
            return new S3Server(FromEnvironment(), null);
        }

        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return null;
        }

        var script = FindScript();
        var wasRunning = (await Tool.TryAsync(script, ["status"])).ExitCode == 0;
        var started = await Tool.TryAsync(script, ["start"], timeout: InstallLimit);
        return started.ExitCode == 0
            ? new S3Server(Parse(started.Output), wasRunning ? null : script)
            : throw new IOException($"scripts/s3-server start: {started}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_script is not null)
        {
            await Tool.RunAsync(_script, ["stop"]);
        }
    }

    private string? Get(string name) => _settings.GetValueOrDefault(name);

    private S3User? FindUser(string name) =>
        Get(name + "ACCESS_KEY") is { } id && Get(name + "SECRET_KEY") is { } secret ? new S3User(id, secret) : null;

    private static Dictionary<string, string> FromEnvironment() =>
        new[] { "ENDPOINT", "ACCESS_KEY", "SECRET_KEY", "REGION" }
            .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(Prefix + name)))
            .Where(setting => setting.Value is { Length: > 0 })
            .ToDictionary(setting => setting.Name, setting => setting.Value!);

    private static Dictionary<string, string> Parse(string exports) => exports
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
        .SelectMany(line => line["export ".Length..].Split(' '))
        .Select(setting => setting.Split('=', 2))
        .ToDictionary(parts => parts[0]["S3_".Length..], parts => parts[1]);

    private static string FindScript()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var script = Path.Combine(folder, "scripts", "s3-server");
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new IOException($"there is no scripts/s3-server above {AppContext.BaseDirectory}");
    }
}

/// <summary>An access key.</summary>
public sealed record S3User(string AccessKey, string SecretKey);
