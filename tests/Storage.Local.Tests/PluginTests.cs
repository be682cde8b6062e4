using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PluginTests
{
    [Fact]
    public async Task It_registers_a_sink_and_a_check_with_their_options()
    {
        using var folder = new Folder();
        await using var services = new FakePluginContext(o => ((LocalStorageOptions)o).Path = folder.Path)
            .Load(new LocalStoragePlugin());

        await services.GetRequiredService<IStorageSink>().PutAsync(Folder.Put("k", "x"), CancellationToken.None);

        Assert.Equal(["k"], folder.Files);
        Assert.IsType<LocalStorageCheck>(services.GetRequiredService<ISelfCheck>());
    }
}
