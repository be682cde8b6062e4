using System.Text.Json;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>The launcher with real processes: the stand-in for PsExec, and what it starts.</summary>
public sealed class LaunchTests : IDisposable
{
    /// <summary>What breaks when it is quoted wrongly.</summary>
    private static readonly string[] HardArguments =
    [
        "record", "", " ", "a b", "tab\there", "\"", "say \"hi\"", @"C:\Program Files\x\", @"C:\plain\", @"back\\slashes", @"\\server\share\",
        @"a\""b", @"a\\""b", @"ends with quote""", @"\", @"\\", "Ünï¢ødé 名前 😀", "%PATH%", "^&|<>", "'single'", "-i", "--", "*", "a=b;c,d",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("psexec tests ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PsExec_gets_the_session_and_every_argument_exactly_and_so_does_the_agent()
    {
        var (psExecGot, agentGot) = (Path.Combine(_folder, "psexec.json"), Path.Combine(_folder, "agent.json"));
        var processes = new StandInSupervisor(("ARGV", psExecGot));
        string[] command = ["--write-arguments", agentGot, .. HardArguments];

        using var agent = await PsExecFixture.Launcher(processes)
            .LaunchAsync(PsExecFixture.Request(PsExecFixture.StandIn, command, "7"), TestContext.Current.CancellationToken);
        var ended = await agent.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((null, ""), ended);
        string[] expected = ["-accepteula", "-nobanner", "-d", "-i", "7", "-s", PsExecFixture.StandIn, .. command];
        Assert.Equal(expected, await ReadAsync(psExecGot));
        Assert.Equal(HardArguments, await ReadAsync(agentGot));
    }

    [Fact]
    public async Task The_process_is_the_one_that_PsExec_tells_of_and_its_end_is_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sleep");
        using var agent = await PsExecFixture.Launcher(new StandInSupervisor())
            .LaunchAsync(PsExecFixture.Request("/bin/sleep", ["0.7"]), TestContext.Current.CancellationToken);

        Assert.Equal("sleep", (await File.ReadAllTextAsync($"/proc/{agent.Id}/comm", TestContext.Current.CancellationToken)).Trim());
        var waiting = agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        Assert.Null((await waiting).ExitCode);
    }

    [Fact]
    public async Task The_end_of_a_process_that_may_not_be_opened_is_waited_for_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sleep");
        using var started = System.Diagnostics.Process.Start("/bin/sleep", ["0.7"]);
        using var process = new ForeignProcess(started.Id, null);

        var waiting = process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.False(waiting.IsCompleted);
        Assert.Null((await waiting).ExitCode);
        Assert.True(started.HasExited);
    }

    [Fact]
    public async Task A_process_that_has_ended_by_then_counts_as_launched_and_ended()
    {
        using var process = new PsExecMachine().Follow(int.MaxValue - 1);

        Assert.Equal((null, ""), await process.WaitForExitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_PsExec_that_hangs_is_ended_and_reported_as_a_passing_failure()
    {
        var launcher = PsExecFixture.Launcher(new StandInSupervisor(("HANG", "before")), timeout: TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<ElevationException>(
            () => launcher.LaunchAsync(PsExecFixture.Request("/bin/true", []), TestContext.Current.CancellationToken));

        Assert.True(failure.IsTransient);
        Assert.Contains("within 1 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PsExec_that_started_the_agent_and_does_not_end_is_believed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no sleep");
        var launcher = PsExecFixture.Launcher(new StandInSupervisor(("HANG", "after")), timeout: TimeSpan.FromSeconds(4));

        using var agent = await launcher.LaunchAsync(PsExecFixture.Request("/bin/sleep", ["9"]), TestContext.Current.CancellationToken);

        Assert.Equal("sleep", (await File.ReadAllTextAsync($"/proc/{agent.Id}/comm", TestContext.Current.CancellationToken)).Trim());
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_failure_in_PsExecs_words()
    {
        var failure = await Assert.ThrowsAsync<ElevationException>(() => PsExecFixture.Launcher(new StandInSupervisor()).LaunchAsync(
            PsExecFixture.Request(Path.Combine(_folder, "missing.exe"), []), TestContext.Current.CancellationToken));

        Assert.Contains("does not find the recorder's own program", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task A_cancelled_launch_starts_nothing()
    {
        var processes = new StandInSupervisor();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PsExecFixture.Launcher(processes).LaunchAsync(
            PsExecFixture.Request("/bin/true", []), new CancellationToken(canceled: true)));

        Assert.Empty(processes.Started);
    }

    private static async Task<string[]> ReadAsync(string file) =>
        JsonSerializer.Deserialize<string[]>(await File.ReadAllTextAsync(file))!;
}
