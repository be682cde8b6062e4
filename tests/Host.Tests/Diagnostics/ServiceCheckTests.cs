using Microsoft.Extensions.Configuration;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Diagnostics;
using SessionRecorder.Host.Service.Channel;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Deployment;

namespace SessionRecorder.Tests.Diagnostics;

/// <summary>What doctor says of the service, by what is registered and by what it answers.</summary>
public sealed class ServiceCheckTests
{
    [Fact]
    public async Task A_service_that_answers_is_well_and_says_whose_sessions_are_recorded()
    {
        using var machine = new FakeMachine();

        var finding = await CheckAsync(machine, new Answering([new(":1", true), new(":2", false)]));

        Assert.Equal(FindingLevel.Ok, finding.Level);
        Assert.EndsWith("session :1 is recorded, session :2 is not recorded", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_on_Windows_who_may_not_launch_himself_is_well_served_by_a_service_that_answers()
    {
        using var machine = new FakeMachine(isWindows: true);

        Assert.Equal(FindingLevel.Ok, (await CheckAsync(machine, new Answering([]), mayLaunch: false)).Level);
    }

    [Theory]
    [InlineData(null, "is not registered", "install")]
    [InlineData(false, "does not run", "sc start SessionRecorder")]
    [InlineData(true, "does not listen for", "restart the service")]
    public async Task A_service_that_does_not_answer_on_Windows_is_a_problem_with_the_cure_for_its_state(bool? runs, string state, string cure)
    {
        using var machine = new FakeMachine(isWindows: true);
        machine.Service = runs is { } isRunning ? new RegisteredService("x", isRunning) : null;

        var finding = await CheckAsync(machine, null);

        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Contains(state, finding.Message, StringComparison.Ordinal);
        Assert.Contains(cure, finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "install")]
    [InlineData(true, "systemctl start")]
    public async Task On_Linux_the_cure_depends_on_whether_it_is_installed(bool isInstalled, string cure)
    {
        using var machine = new FakeMachine();
        if (isInstalled)
        {
            await machine.InstallAsync(machine.Request(InstallTarget.Ec2));
        }

        Assert.Contains(cure, (await CheckAsync(machine, null)).Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false, FindingLevel.Warning)]
    [InlineData(true, true, FindingLevel.Problem)]
    [InlineData(false, false, FindingLevel.Problem)]
    public async Task Without_it_who_may_launch_is_only_warned_unless_it_is_to_watch(bool mayLaunch, bool watches, FindingLevel expected)
    {
        using var machine = new FakeMachine();

        Assert.Equal(expected, (await CheckAsync(machine, null, mayLaunch, watches)).Level);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_install_registered_to_record_is_a_problem_when_it_does_not_run_whatever_the_configuration_leaves_out(bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        await machine.InstallAsync(machine.Request(InstallTarget.Ec2) with { Service = true });
        machine.Service = isWindows ? new RegisteredService("session-recorder.exe service --watch", Runs: false) : null;

        Assert.Equal(FindingLevel.Problem, (await CheckAsync(machine, null, mayLaunch: true, watches: null)).Level);
    }

    [Fact]
    public async Task One_that_answers_with_an_error_is_a_problem()
    {
        using var machine = new FakeMachine();

        var finding = await CheckAsync(machine, new Answering([], "the sessions cannot be listed"));

        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Contains("the sessions cannot be listed", finding.Message, StringComparison.Ordinal);
    }

    private static Task<Finding> CheckAsync(FakeMachine machine, IServiceControl? service, bool mayLaunch = false, bool? watches = false)
    {
        var configuration = new RecorderConfiguration
        {
            Options = new RecorderOptions { DataDirectory = "/nowhere", Service = new ServiceOptions { Watch = watches } },
            Root = new ConfigurationBuilder().Build(),
            File = null,
            Trust = TrustPolicy.Off,
            Sources = null!,
        };
        return new ServiceCheck(configuration, machine.Layout, machine, (_, _) => Task.FromResult(service))
            .CheckAsync(mayLaunch, TestContext.Current.CancellationToken);
    }

    private sealed class Answering(IReadOnlyList<OwnSession> sessions, string? error = null) : IServiceControl
    {
        public Task<RecordAnswer> RecordAsync(RecordRequest request) => throw new NotSupportedException("doctor changes nothing");

        public Task<OwnSessionsAnswer> GetOwnSessionsAsync() => Task.FromResult(new OwnSessionsAnswer(sessions, error));
    }
}
