using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PluginTests
{
    [Fact]
    public async Task It_registers_a_platform_with_its_options()
    {
        await using var services = new FakePluginContext(o => ((LocalPlatformOptions)o).Display = ":42")
            .Load(new LocalPlatformPlugin());

        var platform = services.GetRequiredService<IPlatform>();

        Assert.SkipWhen(OperatingSystem.IsWindows(), "displays are X11's");
        Assert.Equal(":42", (await platform.WaitForSessionAsync(new SessionQuery(), CancellationToken.None)).SystemSession);
    }
}
