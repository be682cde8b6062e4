using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PluginTests
{
    [Fact]
    public async Task It_registers_a_launcher()
    {
        var context = new FakePluginContext();
        context.Services.AddSingleton<IProcessSupervisor>(new FakeSupervisor());
        await using var services = context.Load(new DirectElevationPlugin());

        Assert.IsType<DirectLauncher>(services.GetRequiredService<IElevationLauncher>());
    }
}
