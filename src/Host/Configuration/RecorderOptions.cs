using System.ComponentModel.DataAnnotations;
using System.Text;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Notices;
using SessionRecorder.Host.Policy;
using SessionRecorder.Host.Telemetry;

namespace SessionRecorder.Host.Configuration;

/// <summary>What happens to a session when its recording cannot start.</summary>
internal enum FailurePolicy
{
    /// <summary>The session goes on, unrecorded.</summary>
    Allow,

    /// <summary>The user is logged off.</summary>
    Logoff,
}

/// <summary>recorder.json. Every key is described in docs/configuration.md and in recorder.schema.json.</summary>
internal sealed class RecorderOptions : IValidatableObject
{
    /// <summary>A control socket's path must fit into 108 bytes on Unix: this plus <c>/sessions/…</c>.</summary>
    private const int LongestDataDirectory = 80;

    private static readonly TimeSpan ShortestTailInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTailInterval = TimeSpan.FromMinutes(1);

    /// <summary>In less there is no room for the segment that grows.</summary>
    private const long LeastSpoolLimit = 1_000_000;

    private string _keyPrefix = "";

    /// <summary>Where the spool lies.</summary>
    public string DataDirectory { get; set; } = RecorderPaths.DefaultDataDirectory();

    /// <summary>Where the plugins lie, a folder for each.</summary>
    public string PluginDirectory { get; set; } = RecorderPaths.DefaultPluginDirectory;

    /// <summary>What every key in storage begins with; empty, or ending with a slash.</summary>
    public string KeyPrefix
    {
        get => _keyPrefix;
        set => _keyPrefix = value.Length == 0 || value.EndsWith('/') ? value : value + "/";
    }

    /// <summary>How long metadata that arrives late is waited for, while the recording goes on and nothing is stored yet.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan MetadataTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whose sessions are recorded.</summary>
    public PolicyOptions Policy { get; set; } = new();

    /// <summary>Signs of life in storage.</summary>
    public HeartbeatOptions Heartbeat { get; set; } = new();

    /// <summary>Where metrics and traces go.</summary>
    public TelemetryOptions Telemetry { get; set; } = new();

    /// <summary>What the session's user is told.</summary>
    public NoticeOptions Notice { get; set; } = new();

    public FailurePolicy OnFailure { get; set; } = FailurePolicy.Allow;

    /// <summary>How often what the growing segment grew by is sent to the sinks; zero for not at all.</summary>
    public TimeSpan TailInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How much video of all sessions may wait in the spool; null for as much as the disk holds.</summary>
    public ByteSize? SpoolLimit { get; set; }

    public SpoolFullPolicy OnSpoolFull { get; set; } = SpoolFullPolicy.Stop;

    public PluginSelection Platform { get; set; } = new() { Plugin = PluginSelection.Auto };

    public PluginSelection Display { get; set; } = new() { Plugin = PluginSelection.Auto };

    public PluginSelection Elevation { get; set; } = new() { Plugin = PluginSelection.Auto };

    public CaptureOptions Capture { get; set; } = new();

    public ServiceOptions Service { get; set; } = new();

    public UploadOptions Upload { get; set; } = new();

    /// <summary>What is logged, and where it goes.</summary>
    public LogOptions Log { get; set; } = new();

    /// <summary>The sinks by name. Each gets everything.</summary>
    public Dictionary<string, PluginSelection> Storage { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(DataDirectory))
        {
            yield return new("must be an absolute path", [nameof(DataDirectory)]);
        }
        else if (!OperatingSystem.IsWindows() && Encoding.UTF8.GetByteCount(DataDirectory) > LongestDataDirectory)
        {
            yield return new(
                $"must be at most {LongestDataDirectory} characters long, for the control channel's path to fit",
                [nameof(DataDirectory)]);
        }

        if (!Path.IsPathFullyQualified(PluginDirectory))
        {
            yield return new("must be an absolute path", [nameof(PluginDirectory)]);
        }

        if (TailInterval != TimeSpan.Zero && (TailInterval < ShortestTailInterval || TailInterval > LongestTailInterval))
        {
            yield return new("must be a duration from 1s to 1m, or 0s to turn it off", [nameof(TailInterval)]);
        }

        if (KeyPrefix.Length > 0 && !StorageKey.IsValid(KeyPrefix[..^1]))
        {
            yield return new(
                "must be parts of letters, digits and !-_.'()=@,+% with / between them, none of them empty, '.' or '..'",
                [nameof(KeyPrefix)]);
        }

        if (SpoolLimit is { Bytes: < LeastSpoolLimit })
        {
            yield return new($"must be at least {new ByteSize(LeastSpoolLimit)}", [nameof(SpoolLimit)]);
        }

        // 'auto' asks every platform, and each would refuse another's options.
        if (Platform.Plugin == PluginSelection.Auto && Platform.Options.GetChildren().Any())
        {
            yield return new("can be given only where Platform:Plugin names a platform, not 'auto'", ["Platform:Options"]);
        }

        // Neither of those that 'auto' chooses from has any.
        if (Elevation.Plugin == PluginSelection.Auto && Elevation.Options.GetChildren().Any())
        {
            yield return new("can be given only where Elevation:Plugin names a plugin, not 'auto'", ["Elevation:Options"]);
        }

        foreach (var name in Storage.Keys.Where(n => !IsSinkName(n)))
        {
            yield return new("must have a name of letters, digits, hyphens and underscores", [$"{nameof(Storage)}:{name}"]);
        }

        foreach (var (key, _) in Selections().Where(s => s.Selection.Plugin.Length == 0))
        {
            yield return new(
                "must be given: the name of a plugin, as 'plugins list' shows them", [$"{key}:{nameof(PluginSelection.Plugin)}"]);
        }
    }

    private IEnumerable<(string Key, PluginSelection Selection)> Selections() =>
    [
        (nameof(Platform), Platform),
        (nameof(Display), Display),
        (nameof(Elevation), Elevation),
        (nameof(Capture), Capture),
        .. Storage.Select(s => ($"{nameof(Storage)}:{s.Key}", s.Value)),
    ];

    private static bool IsSinkName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
