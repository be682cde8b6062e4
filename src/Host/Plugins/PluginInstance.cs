namespace SessionRecorder.Host.Plugins;

/// <summary>A plugin in use: one place in the configuration, one container. Disposing ends its services.</summary>
internal sealed class PluginInstance<TContract>(
    TContract service, PluginManifest manifest, IServiceProvider services, IAsyncDisposable owner) : IAsyncDisposable
    where TContract : class
{
    public TContract Service { get; } = service;

    public PluginManifest Manifest { get; } = manifest;

    /// <summary>The plugin's own container, for what it registers besides its service: <see cref="ISelfCheck"/>.</summary>
    public IServiceProvider Services { get; } = services;

    public ValueTask DisposeAsync() => owner.DisposeAsync();
}
