using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

public sealed class NewerPlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context) => Console.WriteLine(Marker.Name);
}
