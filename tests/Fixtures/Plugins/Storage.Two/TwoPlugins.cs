namespace SessionRecorder.Plugins;

public sealed class FirstPlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context)
    {
    }
}

public sealed class SecondPlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context)
    {
    }
}
