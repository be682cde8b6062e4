using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Storage;

/// <summary>
/// A real server of a store: the one that the environment names, or the one that a script of the repository sets up. Disposing
/// stops what this has started.
/// </summary>
public abstract class StoreServer : IAsyncDisposable
{
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(15);

    private readonly ServerSettings _settings;

    private protected StoreServer(ServerSettings settings) => _settings = settings;

    public Uri Endpoint => new(Get("ENDPOINT")!);

    /// <summary>The same over TLS, with a certificate of <see cref="CaFile"/>.</summary>
    public Uri? TlsEndpoint => Get("ENDPOINT_TLS") is { } address ? new Uri(address) : null;

    public string? CaFile => Get("CA_FILE");

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_settings.Script is { } script)
        {
            await Tool.RunAsync(script, ["stop"]);
        }
    }

    /// <summary>Finds the one in the environment, or starts the script's. Null where neither can be.</summary>
    /// <param name="kind">What the settings' names begin with: <c>S3</c> for SESSION_RECORDER_TEST_S3_ENDPOINT and S3_ENDPOINT.</param>
    /// <param name="script">The script, in the folder scripts: <c>start</c>, <c>stop</c>, <c>status</c>.</param>
    /// <param name="needsRoot">Whether only root can start it.</param>
    /// <param name="names">The settings that the environment may give besides ENDPOINT.</param>
    /// <exception cref="IOException">The script failed.</exception>
    private protected static async Task<ServerSettings?> FindAsync(string kind, string script, bool needsRoot, params string[] names)
    {
        var prefix = $"SESSION_RECORDER_TEST_{kind}_";
        if (Environment.GetEnvironmentVariable(prefix + "ENDPOINT") is { Length: > 0 })
        {
            return new ServerSettings(FromEnvironment(prefix, [.. names, "ENDPOINT"]), null);
        }

        if (!OperatingSystem.IsLinux() || (needsRoot && !Environment.IsPrivilegedProcess))
        {
            return null;
        }

        var path = FindScript(script);
        var wasRunning = (await Tool.TryAsync(path, ["status"])).ExitCode == 0;
        var started = await Tool.TryAsync(path, ["start"], timeout: InstallLimit);
        return started.ExitCode == 0
            ? new ServerSettings(Parse(started.Output, kind + "_"), wasRunning ? null : path)
            : throw new IOException($"scripts/{script} start: {started}");
    }

    private protected string? Get(string name) => _settings.Values.GetValueOrDefault(name);

    private static Dictionary<string, string> FromEnvironment(string prefix, string[] names) => names
        .Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(prefix + name)))
        .Where(setting => setting.Value is { Length: > 0 })
        .ToDictionary(setting => setting.Name, setting => setting.Value!);

    private static Dictionary<string, string> Parse(string exports, string prefix) => exports
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.StartsWith("export ", StringComparison.Ordinal))
        .SelectMany(line => line["export ".Length..].Split(' '))
        .Select(setting => setting.Split('=', 2))
        .ToDictionary(parts => parts[0][prefix.Length..], parts => parts[1]);

    private static string FindScript(string name)
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var script = Path.Combine(folder, "scripts", name);
            if (File.Exists(script))
            {
                return script;
            }
        }

        throw new IOException($"there is no scripts/{name} above {AppContext.BaseDirectory}");
    }
}

/// <summary>What is known of a server.</summary>
/// <param name="Values">Its settings by name.</param>
/// <param name="Script">The script that started it and is to stop it; null where it ran already.</param>
internal sealed record ServerSettings(IReadOnlyDictionary<string, string> Values, string? Script);
