namespace SessionRecorder.Host.Plugins;

/// <summary>Why a plugin cannot be used.</summary>
internal enum PluginFailure
{
    /// <summary>There is no plugin of this name.</summary>
    NotFound,

    /// <summary>Its plugin.json is missing, is not JSON, or says what cannot be.</summary>
    BadManifest,

    /// <summary>The entry assembly is missing or is not a .NET assembly.</summary>
    BadAssembly,

    /// <summary>It brings its own SessionRecorder.Core, whose types would not be the host's.</summary>
    CarriesCore,

    /// <summary>It was made for a newer SessionRecorder.Core.</summary>
    NeedsNewerCore,

    /// <summary>It was made for, or brings, a newer copy of an assembly that the host shares with it.</summary>
    NeedsNewerSharedAssembly,

    /// <summary>Its runtimeconfig.json has assemblies loaded from outside its folder.</summary>
    LoadsFromOutside,

    /// <summary>An assembly that it needs is not in its folder, or does not fit.</summary>
    MissingDependency,

    /// <summary>It has no entry point, or more than one.</summary>
    NoEntryPoint,

    /// <summary>Its constructor, <see cref="IRecorderPlugin.Configure"/> or the making of its service failed.</summary>
    Throws,

    /// <summary>What it registers does not fit together, or the contract of its kind is not among it.</summary>
    BadRegistration,
}

/// <summary>A plugin cannot be used. Stops whatever needs it; the message says why and the remedy what to do.</summary>
internal sealed class PluginException(
    string pluginId, PluginFailure failure, string message, string? remedy, Exception? innerException = null)
    : RecorderException(message, FailureScope.Host, isTransient: false, remedy, innerException)
{
    /// <summary>The plugin, e.g. <c>storage.local</c>; the folder's name where it has no valid id.</summary>
    public string PluginId { get; } = pluginId;

    public PluginFailure Failure { get; } = failure;
}
