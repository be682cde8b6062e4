namespace SessionRecorder.Plugins;

public sealed class FuturePlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context)
    {
    }
}
