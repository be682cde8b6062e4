namespace SessionRecorder.Plugins;

/// <summary>The options of the platform <c>appstream</c> (docs/platforms.md).</summary>
internal sealed class AppStreamOptions
{
    /// <summary>Whether sessions on an image builder, where an administrator works, are recorded too. Default: no.</summary>
    public bool RecordImageBuilders { get; set; }
}
