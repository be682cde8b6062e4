using Microsoft.Extensions.Configuration;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Diagnostics;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Deployment;

namespace SessionRecorder.Tests.Diagnostics;

/// <summary>What doctor says of the hooks after `install`, and after somebody damaged them.</summary>
public sealed class HooksCheckTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Session_scripts_are_found_in_place_and_their_loss_is_a_problem(bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        await machine.InstallAsync();
        Assert.All(await CheckAsync(machine, "appstream", WithPsExec), finding => Assert.Equal(FindingLevel.Ok, finding.Level));

        var scripts = machine.At(machine.Layout.SessionScriptsFile);
        await File.WriteAllTextAsync(scripts, "{}", TestContext.Current.CancellationToken);
        Assert.Contains(await CheckAsync(machine, "appstream"), IsProblem("SessionStart"));

        File.Delete(scripts);
        Assert.Contains(await CheckAsync(machine, "appstream"), IsProblem("waitingTime"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_hooks_call_is_a_problem_when_it_is_gone_or_leads_nowhere(bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        await machine.InstallAsync();
        var program = Path.Combine(machine.Installed.CurrentFolder!, machine.Layout.ProgramName);
        File.Move(program, program + ".away");
        Assert.Contains(await CheckAsync(machine, "appstream"), IsProblem("where no program is"));

        File.Delete(machine.At(machine.Layout.Pointer));
        Assert.Contains(await CheckAsync(machine, "appstream"), IsProblem("is not there or leads nowhere"));
    }

    [Fact]
    public async Task Nothing_installed_is_no_problem_but_told()
    {
        using var machine = new FakeMachine();

        var finding = (await CheckAsync(machine, "ec2"))[0];

        Assert.Equal(FindingLevel.Warning, finding.Level);
        Assert.Contains("nothing is installed", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_of_Windows_is_found_in_place_and_its_loss_is_a_problem()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        await machine.InstallAsync(machine.Request(InstallTarget.Ec2) with { Service = true });
        var program = machine.Layout.Join(machine.Layout.Versions, machine.Installed.Current!, "session-recorder.exe");
        machine.Service = new($"\"{program}\" service --watch", Runs: true);
        Assert.All(await CheckAsync(machine, "ec2", Watching), finding => Assert.Equal(FindingLevel.Ok, finding.Level));

        machine.Service = machine.Service with { Runs = false };
        Assert.Contains(await CheckAsync(machine, "ec2", Watching), IsProblem("start the service"));

        machine.Service = null;
        Assert.Contains(await CheckAsync(machine, "ec2", Watching), IsProblem("register the service"));
    }

    [Fact]
    public async Task A_service_that_only_records_who_asks_is_in_place_and_that_is_told()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        await machine.InstallAsync(machine.Request(InstallTarget.Ec2) with { Service = true });
        var program = machine.Layout.Join(machine.Layout.Versions, machine.Installed.Current!, "session-recorder.exe");
        machine.Service = new($"\"{program}\" service --watch", Runs: true);

        var findings = await CheckAsync(machine, "ec2", new RecorderOptions { Service = new ServiceOptions { Watch = false } });

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
        Assert.Contains(findings, finding => finding.Message.Contains("Service:Watch is false", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scheduled_tasks_are_asked_for_by_administrators_alone()
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        var psExec = WithPsExec;
        await File.WriteAllTextAsync(machine["recorder.json"], "{}", TestContext.Current.CancellationToken);
        await machine.InstallAsync(machine.Request(InstallTarget.Ec2) with { Configuration = machine["recorder.json"] });
        Assert.All(await CheckAsync(machine, "ec2", psExec), finding => Assert.Equal(FindingLevel.Ok, finding.Level));

        machine.Answer = call => (call.Contains("/query", StringComparison.Ordinal) ? 1 : 0, "ERROR: The system cannot find the file specified.");
        Assert.Contains(await CheckAsync(machine, "ec2", psExec), IsProblem(@"register the scheduled task \SessionRecorder\Start"));

        machine.Calls.Clear();
        var asUser = await CheckAsync(machine, "ec2", psExec, isPrivileged: false);
        Assert.Empty(machine.Calls);
        Assert.Contains(asUser, finding => finding.Level == FindingLevel.Warning
            && finding.Message.Contains("only administrators can see", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, FindingLevel.Problem)]
    [InlineData(false, FindingLevel.Ok)]
    public async Task A_launcher_that_does_not_cross_into_the_users_session_is_a_problem_on_Windows(bool isWindows, FindingLevel expected)
    {
        using var machine = new FakeMachine(isWindows);
        await machine.InstallAsync();

        var findings = await CheckAsync(machine, "appstream", new RecorderOptions { Elevation = new PluginSelection { Plugin = "direct" } });

        Assert.Equal(expected, findings.Max(finding => finding.Level));
        Assert.Equal(isWindows, findings.Any(finding => finding.Message.Contains("session 0", StringComparison.Ordinal)));
    }

    private static RecorderOptions WithPsExec => new() { Elevation = new PluginSelection { Plugin = "psexec" } };

    private static RecorderOptions Watching => new()
    {
        Service = new ServiceOptions { Watch = true },
        Elevation = new PluginSelection { Plugin = "service" },
    };

    private static Predicate<Finding> IsProblem(string text) => finding =>
        finding is { Level: FindingLevel.Problem, Remedy: not null } && finding.Message.Contains(text, StringComparison.Ordinal);

    private static Task<IReadOnlyList<Finding>> CheckAsync(
        FakeMachine machine, string platform, RecorderOptions? options = null, bool isPrivileged = true)
    {
        var configuration = new RecorderConfiguration
        {
            Options = options ?? new RecorderOptions(),
            Root = new ConfigurationBuilder().Build(),
            File = null,
            Trust = TrustPolicy.Off,
            Sources = null!,
        };
        return new HooksCheck(configuration, machine.Layout, machine, isPrivileged).CheckAsync(platform, TestContext.Current.CancellationToken);
    }
}
