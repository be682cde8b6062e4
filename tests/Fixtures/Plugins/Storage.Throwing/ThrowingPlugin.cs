namespace SessionRecorder.Plugins;

public sealed class ThrowingPlugin : IRecorderPlugin
{
    public ThrowingPlugin() => throw new NotSupportedException("the fixture's constructor throws");

    public void Configure(IPluginContext context)
    {
    }
}
