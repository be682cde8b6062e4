using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Tests.Deployment;

/// <summary>How services and tasks are registered with the system: what its tools are called with.</summary>
public sealed class SystemToolTests
{
    [Fact]
    public async Task Tasks_are_registered_from_their_files_once_and_again_when_somebody_removed_them()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        var request = await ConfiguredAsync(machine, InstallTarget.Ec2);

        await machine.InstallAsync(request);
        Assert.Equal(
            [
                @"schtasks.exe /create /f /tn \SessionRecorder\Start /xml /Program Files/SessionRecorder/tasks/Start.xml",
                @"schtasks.exe /create /f /tn \SessionRecorder\Stop /xml /Program Files/SessionRecorder/tasks/Stop.xml",
            ],
            Changes(machine));
        Assert.Empty((await machine.PlanAsync(request)).Steps);

        machine.Answer = call => (call.Contains("/query", StringComparison.Ordinal) ? 1 : 0, "");
        Assert.Equal(2, (await machine.PlanAsync(request)).Steps.Count);
    }

    [Fact]
    public async Task The_service_on_Windows_is_created_and_told_of_each_version_and_removed()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        var request = await ConfiguredAsync(machine, InstallTarget.Ec2) with { Service = true };
        await machine.InstallAsync(request);
        var first = machine.Installed.Current!;
        Assert.Equal(
            [
                $"sc.exe create SessionRecorder binPath= \"C:\\Program Files\\SessionRecorder\\versions\\{first}\\session-recorder.exe\" service --watch "
                    + "start= auto DisplayName= Session Recorder",
                "sc.exe failure SessionRecorder reset= 86400 actions= restart/2000/restart/5000/restart/30000",
                "sc.exe failureflag SessionRecorder 1",
                "sc.exe start SessionRecorder",
            ],
            Changes(machine));

        machine.Service = new($@"""C:\Program Files\SessionRecorder\versions\{first}\session-recorder.exe"" service --watch", Runs: false);
        Assert.Equal(["start the service SessionRecorder"], (await machine.PlanAsync(request)).Steps.Select(step => step.Description));
        machine.Service = machine.Service with { Runs = true };
        Assert.Empty((await machine.PlanAsync(request)).Steps);
        machine.Unpack("two");
        machine.Calls.Clear();
        var plan = await machine.PlanAsync(request);
        await FakeMachine.DoAsync(plan);
        Assert.StartsWith("sc.exe config SessionRecorder binPath= ", Assert.Single(Changes(machine)), StringComparison.Ordinal);
        Assert.Contains(machine.Installed.Current!, Changes(machine)[0], StringComparison.Ordinal);
        Assert.Contains(plan.Notes, note => note.Contains("Restart-Service", StringComparison.Ordinal));

        machine.Calls.Clear();
        await FakeMachine.DoAsync(await machine.PlanRemovalAsync(request: request));
        Assert.Equal(["sc.exe stop SessionRecorder", "sc.exe delete SessionRecorder"], Changes(machine));
    }

    [Fact]
    public async Task A_systemd_that_runs_is_told_of_the_unit_and_a_running_service_is_left_alone()
    {
        using var machine = new FakeMachine(isLive: true);
        Directory.CreateDirectory(machine.At("/run/systemd/system"));
        Directory.CreateDirectory(machine.At("/usr/bin"));
        await File.WriteAllTextAsync(machine.At("/usr/bin/systemctl"), "", TestContext.Current.CancellationToken);
        machine.Answer = call => (call.Contains("is-active", StringComparison.Ordinal) ? 3 : 0, "");
        await machine.InstallAsync(machine.Request(InstallTarget.Ec2));
        Assert.Equal(["systemctl daemon-reload", "systemctl start session-recorder.service"], Changes(machine));

        machine.Answer = _ => (0, "");
        machine.Calls.Clear();
        machine.Unpack("two");
        var plan = await machine.PlanAsync(machine.Request(InstallTarget.Ec2));
        await FakeMachine.DoAsync(plan);
        Assert.Empty(Changes(machine));
        Assert.Contains(plan.Notes, note => note.Contains("systemctl restart", StringComparison.Ordinal));

        await FakeMachine.DoAsync(await machine.PlanRemovalAsync());
        Assert.Equal(["systemctl stop session-recorder.service", "systemctl daemon-reload"], Changes(machine));
    }

    [Fact]
    public async Task A_service_that_goes_on_after_it_was_stopped_is_told_of_instead_of_removed()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true) { HasStubbornService = true, Service = new("x", Runs: true) };
        var plan = new InstallPlan();
        await new WindowsServiceHook(machine.Layout, machine, watches: false, TimeSpan.FromMilliseconds(300)).PlanRemovalAsync(plan, TestContext.Current.CancellationToken);

        var e = await Assert.ThrowsAsync<InstallException>(() => FakeMachine.DoAsync(plan));

        Assert.Contains("could not stop the service SessionRecorder", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(machine.Calls, call => call.StartsWith("sc.exe delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tool_that_fails_is_told_of_with_what_it_said_and_what_to_do()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        machine.Answer = call => (1, "ERROR: Access is denied.\r\n");

        var e = await Assert.ThrowsAsync<InstallException>(async () => await machine.InstallAsync(await ConfiguredAsync(machine, InstallTarget.Ec2)));

        Assert.Contains(@"register the scheduled task \SessionRecorder\Start", e.Message, StringComparison.Ordinal);
        Assert.Contains("Access is denied.", e.Message, StringComparison.Ordinal);
        Assert.Contains("again", e.Remedy, StringComparison.Ordinal);
    }

    /// <summary>A request with a configuration that needs no service.</summary>
    private static async Task<InstallRequest> ConfiguredAsync(FakeMachine machine, InstallTarget target)
    {
        await File.WriteAllTextAsync(machine["recorder.json"], """{ "Elevation": { "Plugin": "psexec" } }""", TestContext.Current.CancellationToken);
        return machine.Request(target) with { Configuration = machine["recorder.json"] };
    }

    private static List<string> Changes(FakeMachine machine) => [.. machine.Calls.Where(call =>
        !call.Contains("/query", StringComparison.Ordinal)
        && !call.Contains("is-active", StringComparison.Ordinal)
        && !call.Contains("systemctl show", StringComparison.Ordinal))];
}
