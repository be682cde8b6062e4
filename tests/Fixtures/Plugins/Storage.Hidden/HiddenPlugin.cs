namespace SessionRecorder.Plugins;

internal sealed class HiddenPlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context)
    {
    }
}
