using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class ServiceLauncherTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_the_rights_it_is_available_and_elevates(bool isWindows)
    {
        var launcher = new ServiceLauncher(new FakeSupervisor(), new FakeRights(isWindows, MayCross: true));

        Assert.Equal(
            new LauncherAvailability(IsAvailable: true, Elevates: true), await launcher.CheckAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(true, "LocalSystem")]
    [InlineData(false, "root")]
    public async Task Without_the_rights_it_says_whose_are_missing_and_that_the_service_has_them(bool isWindows, string account)
    {
        var launcher = new ServiceLauncher(new FakeSupervisor(), new FakeRights(isWindows, MayCross: false));

        var found = await launcher.CheckAsync(CancellationToken.None);

        Assert.False(found.IsAvailable);
        Assert.Contains(account, found.Reason, StringComparison.Ordinal);
        Assert.Contains("service", found.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_Windows_the_agent_is_started_in_the_session_by_its_number()
    {
        var processes = new FakeSupervisor();

        using var launched = await new ServiceLauncher(processes, new FakeRights(IsWindows: true, MayCross: true))
            .LaunchAsync(Request("3"), CancellationToken.None);

        Assert.Equal(3, Assert.Single(processes.Detached).WindowsSession);
    }

    [Fact]
    public async Task On_Linux_the_agent_is_started_with_the_sessions_display()
    {
        var processes = new FakeSupervisor();

        using var launched = await new ServiceLauncher(processes, new FakeRights(IsWindows: false, MayCross: true))
            .LaunchAsync(Request(":3"), CancellationToken.None);

        var start = Assert.Single(processes.Detached);
        Assert.Null(start.WindowsSession);
        Assert.Equal(":3", start.Environment["DISPLAY"]);
        Assert.Equal(["record", "--agent", "a b"], start.Arguments);
    }

    [Fact]
    public async Task On_Linux_a_user_without_rights_launches_nothing_that_he_could_end()
    {
        var processes = new FakeSupervisor();

        var failure = await Assert.ThrowsAsync<ElevationException>(() =>
            new ServiceLauncher(processes, new FakeRights(IsWindows: false, MayCross: false)).LaunchAsync(Request(":3"), CancellationToken.None));

        Assert.Empty(processes.Detached);
        Assert.False(failure.IsTransient);
        Assert.Contains("service", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_is_no_number_is_refused_on_Windows()
    {
        var failure = await Assert.ThrowsAsync<ElevationException>(() =>
            new ServiceLauncher(new FakeSupervisor(), new FakeRights(IsWindows: true, MayCross: true)).LaunchAsync(Request(":3"), CancellationToken.None));

        Assert.Contains("':3'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_system_refuses_keeps_its_cause_its_remedy_and_whether_it_passes()
    {
        var cause = new ChildProcessException("there is no session 3", "/opt/x", isTransient: true, "Log on.");
        var launcher = new ServiceLauncher(new FakeSupervisor { Failure = cause }, new FakeRights(IsWindows: true, MayCross: true));

        var failure = await Assert.ThrowsAsync<ElevationException>(() => launcher.LaunchAsync(Request("3"), CancellationToken.None));

        Assert.Contains("there is no session 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("Log on.", true), (failure.Remedy, failure.IsTransient));
    }

    [Fact]
    public async Task The_plugin_registers_it()
    {
        var context = new FakePluginContext();
        context.Services.AddSingleton<IProcessSupervisor>(new FakeSupervisor());
        await using var services = context.Load(new ServiceElevationPlugin());

        Assert.IsType<ServiceLauncher>(services.GetRequiredService<IElevationLauncher>());
    }

    private static LaunchRequest Request(string session) => new(
        "/opt/session-recorder/session-recorder",
        ["record", "--agent", "a b"],
        new UserSession
        {
            Id = "s1",
            User = "ada",
            Host = "desk-1",
            SystemSession = session,
            Environment = new Dictionary<string, string> { ["DISPLAY"] = session },
        });

    private sealed record FakeRights(bool IsWindows, bool MayCross) : IOwnRights;
}
