using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Storage;

/// <summary>
/// A real Azure Blob server: the one that the environment names, or Azurite as <c>scripts/azurite-server</c> sets it up.
/// Disposing stops what this has started.
/// </summary>
/// <remarks>
/// An existing one is named by SESSION_RECORDER_TEST_AZURE_ENDPOINT (<c>https://account.blob.core.windows.net</c>),
/// …_ACCOUNT and …_ACCOUNT_KEY; what only the script's server has (TLS by a private authority, another account) is then null.
/// </remarks>
public sealed class AzureServer : IAsyncDisposable
{
    private const string Prefix = "SESSION_RECORDER_TEST_AZURE_";

    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(15);

    private readonly string? _script;
    private readonly IReadOnlyDictionary<string, string> _settings;

    private AzureServer(IReadOnlyDictionary<string, string> settings, string? script)
    {
        _settings = settings;
        _script = script;
    }

    /// <summary>The account's blob address.</summary>
    public Uri Endpoint => new(Get("ENDPOINT")!);

    /// <summary>The same account of another server over TLS, with a certificate of <see cref="CaFile"/>; takes tokens too.</summary>
    public Uri? TlsEndpoint => Get("ENDPOINT_TLS") is { } address ? new Uri(address) : null;

    public string? CaFile => Get("CA_FILE");

    public string Account => Get("ACCOUNT")!;

    public string AccountKey => Get("ACCOUNT_KEY")!;

    /// <summary>Another account of the same server, and its key.</summary>
    public (string Account, string Key)? Other =>
        Get("OTHER_ACCOUNT") is { } account && Get("OTHER_ACCOUNT_KEY") is { } key ? (account, key) : null;

    /// <summary>Finds the one in the environment, or starts the script's. Null where neither can be.</summary>
    /// <exception cref="IOException">The script failed.</exception>
    public static async Task<AzureServer?> StartAsync()
    {
        if (Environment.GetEnvironmentVariable(Prefix + "ENDPOINT") is { Length: > 0 })
        {
            return new AzureServer(FromEnvironment(), null);
        }

        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var script = FindScript();
        var wasRunning = (await Tool.TryAsync(script, ["status"])).ExitCode == 0;
        var started = await Tool.TryAsync(script, ["start"], timeout: InstallLimit);
        return started.ExitCode == 0
            ? new AzureServer(Parse(started.Output), wasRunning ? null : script)
            : throw new IOException($"scripts/azurite-server start: {started}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_script is not null)
        {
            await Tool.RunAsync(_script, ["stop"]);
        }
    }

    private string? Get(string name) => _settings.GetValueOrDefault(name);

    private static Dictionary<string, string> FromEnvironment() =>
        new[] { "ENDPOINT", "ACCOUNT", "ACCOUNT_KEY" }
            .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(Prefix + name)))
            .Where(setting => setting.Value is { Length: > 0 })
            .ToDictionary(setting => setting.Name, setting => setting.Value!);

    private static Dictionary<string, string> Parse(string exports) => exports
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
        .SelectMany(line => line["export ".Length..].Split(' '))
        .Select(setting => setting.Split('=', 2))
        .ToDictionary(parts => parts[0]["AZURE_".Length..], parts => parts[1]);

    private static string FindScript()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var script = Path.Combine(folder, "scripts", "azurite-server");
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new IOException($"there is no scripts/azurite-server above {AppContext.BaseDirectory}");
    }
}
