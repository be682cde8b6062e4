using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PluginTests
{
    [Fact]
    public void It_registers_a_display_monitor_and_a_check_that_needs_no_session()
    {
        var context = new FakePluginContext();
        new WindowsDisplayPlugin().Configure(context);

        Assert.Contains(context.Services, service => service.ServiceType == typeof(IDisplayMonitor));
        Assert.Contains(context.Services, service => service.ServiceType == typeof(ISelfCheck));
        Assert.DoesNotContain(context.Services, service => service.ServiceType == typeof(UserSession));
    }

    [Fact]
    public async Task Doctor_is_told_the_desktop_or_why_there_is_none()
    {
        var good = await CheckAsync(new FakeDesktop { Monitors = [FakeDesktop.Main, FakeDesktop.Left] });
        var bad = await CheckAsync(new FakeDesktop { Monitors = [] });

        Assert.Equal((FindingLevel.Ok, "3200x1280-1280-200, 2 monitors"), (good.Level, good.Message));
        Assert.Equal(FindingLevel.Problem, bad.Level);
        Assert.NotNull(bad.Remedy);
    }

    private static async Task<Finding> CheckAsync(FakeDesktop desktop)
    {
        var findings = new List<Finding>();
        await foreach (var finding in new WindowsSelfCheck(desktop).CheckAsync(CancellationToken.None))
        {
            findings.Add(finding);
        }

        return findings.Single();
    }
}
