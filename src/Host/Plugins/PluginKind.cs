namespace SessionRecorder.Host.Plugins;

/// <summary>The kinds of plugins, and the contract that each kind fulfils.</summary>
internal static class PluginKind
{
    public const string Capture = "capture";
    public const string Display = "display";
    public const string Elevation = "elevation";
    public const string Platform = "platform";
    public const string Storage = "storage";

    private static readonly Dictionary<string, Type> Contracts = new(StringComparer.Ordinal)
    {
        [Capture] = typeof(ICaptureSource),
        [Display] = typeof(IDisplayMonitor),
        [Elevation] = typeof(IElevationLauncher),
        [Platform] = typeof(IPlatform),
        [Storage] = typeof(IStorageSink),
    };

    public static IReadOnlyCollection<string> All => Contracts.Keys;

    /// <summary>The contract of a kind; null for a kind that does not exist.</summary>
    public static Type? ContractOf(string kind) => Contracts.GetValueOrDefault(kind);
}
