using System.Diagnostics;
using SessionRecorder.Host.Deployment;

namespace SessionRecorder.Tests.Deployment;

/// <summary>Removing what was installed.</summary>
public sealed class UninstallTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(nameof(InstallTarget.AppStream), false)]
    [InlineData(nameof(InstallTarget.Ec2), false)]
    [InlineData(nameof(InstallTarget.AppStream), true)]
    [InlineData(nameof(InstallTarget.WorkSpaces), true)]
    public async Task A_dry_run_says_exactly_what_is_then_removed_and_a_purge_leaves_no_file(string name, bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        var request = machine.Request(Enum.Parse<InstallTarget>(name));
        await machine.InstallAsync(request);
        var installed = machine.Look();

        var said = (await machine.PlanRemovalAsync(purge: true, request)).Steps.Select(step => step.Description).ToArray();
        Assert.Equal(installed, machine.Look());
        var done = await FakeMachine.DoAsync(await machine.PlanRemovalAsync(purge: true, request));

        Assert.Equal(said, done);
        Assert.All(machine.Look().Keys, path => Assert.True(Directory.Exists(Path.Combine(machine["root"], path)), path));
        Assert.Empty((await machine.PlanRemovalAsync(purge: true, request)).Steps);
    }

    [Fact]
    public async Task Hooks_go_first_so_that_nothing_calls_what_is_being_removed()
    {
        await _machine.InstallAsync();

        var steps = (await _machine.PlanRemovalAsync()).Steps.Select(step => step.Description).ToArray();

        Assert.Contains("config.json", steps[0], StringComparison.Ordinal);
        Assert.Contains("/opt/session-recorder", steps[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recordings_that_are_not_delivered_and_the_configuration_stay_and_are_told_of()
    {
        await _machine.InstallAsync();
        _machine.LeaveSession("exam-1");
        _machine.LeaveSession("exam-2");

        var plan = await _machine.PlanRemovalAsync();
        await FakeMachine.DoAsync(plan);

        var note = Assert.Single(plan.Notes);
        Assert.Contains("2 recordings are not delivered", note, StringComparison.Ordinal);
        Assert.Contains(_machine.At("/var/lib/session-recorder"), note, StringComparison.Ordinal);
        Assert.Contains("exam-1, exam-2", note, StringComparison.Ordinal);
        Assert.Contains("var/lib/session-recorder/sessions/exam-1", _machine.Look().Keys);
        Assert.Contains("etc/session-recorder/recorder.json", _machine.Look().Keys);
        Assert.DoesNotContain("opt/session-recorder", _machine.Look().Keys);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/data/recorder")]
    public async Task A_purge_is_refused_while_recordings_wait_wherever_the_configuration_puts_them(string? data)
    {
        await _machine.InstallAsync();
        if (data is not null)
        {
            await File.WriteAllTextAsync(
                _machine.At(_machine.Layout.ConfigurationFile), $"{{ \"dataDirectory\": \"{data}\" }}", TestContext.Current.CancellationToken);
        }

        _machine.LeaveSession("exam-1", data);
        var before = _machine.Look();

        var e = await Assert.ThrowsAsync<UndeliveredException>(() => _machine.PlanRemovalAsync(purge: true));

        Assert.Contains("1 recording is not delivered", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, _machine.Look());
    }

    [Fact]
    public async Task A_folder_that_a_start_made_and_left_is_no_recording_that_waits()
    {
        await _machine.InstallAsync();
        var left = Directory.CreateDirectory(Path.Combine(_machine.At(_machine.Layout.DataFolder), "sessions", "exam-1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "start.lock"), "", TestContext.Current.CancellationToken);

        await FakeMachine.DoAsync(await _machine.PlanRemovalAsync(purge: true));

        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public async Task A_purge_leaves_what_others_put_into_the_data_directory()
    {
        await _machine.InstallAsync();
        var theirs = Path.Combine(_machine.At(_machine.Layout.DataFolder), "theirs");
        await File.WriteAllTextAsync(theirs, "", TestContext.Current.CancellationToken);

        await FakeMachine.DoAsync(await _machine.PlanRemovalAsync(purge: true));

        Assert.True(File.Exists(theirs));
    }

    [Fact]
    public async Task The_program_of_a_running_recording_stays_until_it_has_ended_but_hooks_go()
    {
        await _machine.InstallAsync();
        var recording = _machine.Record();

        var plan = await _machine.PlanRemovalAsync();
        await FakeMachine.DoAsync(plan);

        Assert.True(plan.IsPartial);
        Assert.Contains("stop --all", Assert.Single(plan.Notes), StringComparison.Ordinal);
        Assert.False(File.Exists(_machine.At(_machine.Layout.SessionScriptsFile)));
        Assert.True(File.Exists(Path.Combine(_machine.Installed.CurrentFolder!, "content.dll")));

        recording.Kill();
        await recording.WaitForExitAsync(TestContext.Current.CancellationToken);
        await FakeMachine.DoAsync(await _machine.PlanRemovalAsync());
        Assert.DoesNotContain("opt/session-recorder", _machine.Look().Keys);
    }

    [Fact]
    public async Task What_is_not_installed_needs_no_removal()
    {
        Assert.Empty((await _machine.PlanRemovalAsync(purge: true)).Steps);
    }

    [Fact]
    public async Task The_service_that_it_stops_itself_does_not_keep_the_program_for_another_run()
    {
        using var machine = await WithSystemdAsync();
        var service = machine.Record();
        machine.Answer = call => Systemd(call, service);

        var plan = await machine.PlanRemovalAsync(request: machine.Request(InstallTarget.Ec2));
        Assert.False(plan.IsPartial);
        await FakeMachine.DoAsync(plan);

        Assert.True(service.HasExited);
        Assert.DoesNotContain("opt/session-recorder", machine.Look().Keys);
    }

    [Fact]
    public async Task A_recording_that_goes_on_without_the_service_keeps_the_program()
    {
        using var machine = await WithSystemdAsync();
        var service = machine.Record();
        var agent = machine.Record();
        machine.Answer = call => Systemd(call, service);

        var plan = await machine.PlanRemovalAsync(request: machine.Request(InstallTarget.Ec2));
        Assert.True(plan.IsPartial);
        await FakeMachine.DoAsync(plan);

        Assert.True(service.HasExited);
        Assert.False(agent.HasExited);
        Assert.NotNull(machine.Installed.CurrentFolder);
    }

    private static async Task<FakeMachine> WithSystemdAsync()
    {
        var machine = new FakeMachine(isLive: true);
        Directory.CreateDirectory(machine.At("/run/systemd/system"));
        Directory.CreateDirectory(machine.At("/usr/bin"));
        await File.WriteAllTextAsync(machine.At("/usr/bin/systemctl"), "", TestContext.Current.CancellationToken);
        await machine.InstallAsync(machine.Request(InstallTarget.Ec2));
        return machine;
    }

    /// <summary>A systemd that has a process for its service's.</summary>
    private static (int ExitCode, string Output) Systemd(string call, Process service)
    {
        if (call.StartsWith("systemctl stop", StringComparison.Ordinal))
        {
            service.Kill();
            service.WaitForExit();
        }

        return (0, call.Contains("MainPID", StringComparison.Ordinal) ? $"{service.Id}\n" : "");
    }
}
