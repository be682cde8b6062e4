using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class PluginTests
{
    [Fact]
    public async Task It_registers_a_launcher()
    {
        var context = new FakePluginContext(o => ((PsExecOptions)o).Path = @"C:\PsExec64.exe");
        context.Services.AddSingleton<IProcessSupervisor>(new StandInSupervisor());
        await using var services = context.Load(new PsExecPlugin());

        Assert.IsType<PsExecLauncher>(services.GetRequiredService<IElevationLauncher>());
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("PsExec64.exe", false)]
    [InlineData("./PsExec64.exe", false)]
    [InlineData(null, true)]
    public void The_path_must_be_given_and_absolute(string? path, bool isValid)
    {
        var options = new PsExecOptions { Path = path ?? PsExecFixture.StandIn };

        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true));
    }

    [Theory]
    [InlineData(true, true, true, null)]
    [InlineData(false, true, true, "Windows only")]
    [InlineData(true, false, true, "administrator rights")]
    [InlineData(true, true, false, "there is no")]
    public async Task It_says_whether_it_can_launch_here_and_why_not(bool windows, bool privileged, bool exists, string? reason)
    {
        var launcher = PsExecFixture.Launcher(
            new StandInSupervisor(),
            exists ? null : Path.Combine(AppContext.BaseDirectory, "missing.exe"),
            machine: new FakeMachine { IsWindows = windows, IsPrivileged = privileged });

        var availability = await launcher.CheckAsync(TestContext.Current.CancellationToken);

        Assert.Equal(reason is null, availability.IsAvailable);
        Assert.True(availability.Elevates);
        Assert.Contains(reason ?? "", availability.Reason ?? "", StringComparison.Ordinal);
        Assert.Equal(reason is null, availability.Remedy is null);
    }
}
