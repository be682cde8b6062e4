using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PluginTests
{
    [Fact]
    public async Task It_registers_a_display_monitor_and_a_check_that_needs_no_session()
    {
        var withSession = new FakePluginContext();
        withSession.Services.AddSingleton(XServer.SessionOn(":0"));
        await using var services = withSession.Load(new X11DisplayPlugin());
        var withoutSession = new FakePluginContext();
        new X11DisplayPlugin().Configure(withoutSession);
        await using var doctor = withoutSession.Services.BuildServiceProvider();

        Assert.IsType<X11DisplayMonitor>(services.GetRequiredService<IDisplayMonitor>());
        Assert.IsType<X11SelfCheck>(services.GetRequiredService<ISelfCheck>());
        Assert.IsType<X11SelfCheck>(doctor.GetRequiredService<ISelfCheck>());
    }
}
