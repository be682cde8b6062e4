using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>What PsExec says and what becomes of it.</summary>
public sealed class FailureTests
{
    [Theory]
    [InlineData(5, "Couldn't install PSEXESVC service:\r\nAccess is denied.", "denied access", false)]
    [InlineData(5, "Couldn't access DESK-1:\r\nZugriff verweigert", "denied access", false)]
    [InlineData(1073, "Couldn't install PSEXESVC service:\r\nThe specified service already exists.", "could not install or start its service", false)]
    [InlineData(1072, "Couldn't install PSEXESVC service:\r\nThe specified service has been marked for deletion.", "still being removed", true)]
    [InlineData(2, "PsExec could not start C:\\x.exe on DESK-1:\r\nThe system cannot find the file specified.", "does not find the recorder's own program", false)]
    [InlineData(2, "PsExec could not start C:\\x.exe on DESK-1:\r\nDas System kann die angegebene Datei nicht finden.", "does not find the recorder's own program", false)]
    [InlineData(233, "Error establishing communication with PsExec service on DESK-1:\r\nNo process is on the other end of the pipe.", "could not talk to its service", true)]
    [InlineData(233, "Error communicating with PsExec service on DESK-1:\r\nThe pipe has been ended.", "could not talk to its service", true)]
    [InlineData(67, "Error creating key file on DESK-1:\r\nThe network name cannot be found.", "ADMIN$", false)]
    [InlineData(7022, "PsExec could not start C:\\x.exe on DESK-1:\r\nThe session name 9 cannot be found.", "no such session", false)]
    [InlineData(1, "This is the first run of this program. You must accept EULA to continue.\r\nUse -accepteula to accept EULA.", "licence", false)]
    [InlineData(1326, "Logon failure: the user name or password is incorrect.", "could not log on", false)]
    [InlineData(1260, "This program is blocked by group policy.", "blocks it", false)]
    [InlineData(4242, "Something new.", "no cause that is known", true)]
    [InlineData(4242, "", "no cause that is known", true)]
    public void Each_of_its_errors_is_a_cause_with_a_remedy(int exitCode, string text, string cause, bool isTransient)
    {
        var failure = PsExecAnswer.ToFailure(exitCode, text, "2");

        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
        Assert.Contains("session 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"exit code {exitCode}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.NotNull(failure.Remedy);
        Assert.Equal(isTransient, failure.IsTransient);
        Assert.Null(PsExecAnswer.FindProcessId(text));
    }

    [Fact]
    public async Task An_exit_code_that_could_be_a_process_is_a_failure_unless_PsExec_says_that_it_started_one()
    {
        var launcher = PsExecFixture.Launcher(new StandInSupervisor(("FAILURE", "5:Couldn't access DESK-1:")));

        var failure = await Assert.ThrowsAsync<ElevationException>(
            () => launcher.LaunchAsync(PsExecFixture.Request("/bin/true", []), TestContext.Current.CancellationToken));

        Assert.Contains("denied access", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("session-recorder.exe started on DESK-1 with process ID 5.", 5)]
    [InlineData("Connecting to local system...\r\r\rStarting x on DESK-1...\rx.exe started on DESK-1 with process ID 12345.\r\n", 12345)]
    [InlineData("C:\\a started on b with process ID 1. c.exe started on DESK-1 with process ID 77.", 77)]
    [InlineData("x.exe started on DESK-1 with process ID 99999999999.", null)]
    [InlineData("x.exe exited on DESK-1 with error code 0.", null)]
    public void The_process_id_is_in_its_text(string text, int? id) => Assert.Equal(id, PsExecAnswer.FindProcessId(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("console")]
    [InlineData(":0")]
    [InlineData("2 -u admin")]
    public async Task A_session_that_is_no_users_number_never_reaches_PsExec(string session)
    {
        var processes = new StandInSupervisor();

        var failure = await Assert.ThrowsAsync<ElevationException>(() => PsExecFixture.Launcher(processes).LaunchAsync(
            PsExecFixture.Request("/bin/true", [], session), TestContext.Current.CancellationToken));

        Assert.Equal(FailureScope.Session, failure.Scope);
        Assert.Empty(processes.Started);
    }

    [Fact]
    public async Task Variables_that_PsExec_cannot_carry_are_refused_rather_than_dropped()
    {
        var request = PsExecFixture.Request("/bin/true", []);
        request = request with { Session = request.Session with { Environment = new Dictionary<string, string> { ["DISPLAY"] = ":0" } } };

        var failure = await Assert.ThrowsAsync<ElevationException>(
            () => PsExecFixture.Launcher(new StandInSupervisor()).LaunchAsync(request, TestContext.Current.CancellationToken));

        Assert.Contains("DISPLAY", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PsExec_that_the_host_does_not_trust_is_refused_with_the_hosts_reason()
    {
        var cause = new ChildProcessException("others can write it", "C:\\x", isTransient: false, "icacls");
        var launcher = PsExecFixture.Launcher(new StandInSupervisor { Failure = cause });

        var failure = await Assert.ThrowsAsync<ElevationException>(
            () => launcher.LaunchAsync(PsExecFixture.Request("/bin/true", []), TestContext.Current.CancellationToken));

        Assert.Contains("others can write it", failure.Message, StringComparison.Ordinal);
        Assert.Equal(("icacls", FailureScope.Host), (failure.Remedy, failure.Scope));
    }
}
