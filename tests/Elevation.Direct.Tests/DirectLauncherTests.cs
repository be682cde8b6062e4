using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class DirectLauncherTests
{
    private static readonly LaunchRequest Request = new(
        "/opt/session-recorder/session-recorder",
        ["agent", "--session", "a b"],
        new UserSession
        {
            Id = "s1",
            User = "ada",
            Host = "desk-1",
            SystemSession = ":0",
            Environment = new Dictionary<string, string> { ["DISPLAY"] = ":0" },
        });

    [Fact]
    public async Task It_is_always_available_and_never_claims_to_elevate() =>
        Assert.Equal(
            new LauncherAvailability(IsAvailable: true, Elevates: false),
            await new DirectLauncher(new FakeSupervisor()).CheckAsync(CancellationToken.None));

    [Fact]
    public async Task It_starts_a_detached_process_in_the_sessions_environment()
    {
        var processes = new FakeSupervisor();

        using var launched = await new DirectLauncher(processes).LaunchAsync(Request, CancellationToken.None);

        Assert.Equal(4711, launched.Id);
        var start = Assert.Single(processes.Detached);
        Assert.Equal(Request.FileName, start.FileName);
        Assert.Equal(Request.Arguments, start.Arguments);
        Assert.Equal(Request.Session.Environment, start.Environment);
    }

    [Fact]
    public async Task On_Windows_it_refuses_another_session_than_its_own_whose_screen_it_would_record_black()
    {
        var processes = new FakeSupervisor();
        var launcher = new DirectLauncher(processes, ownSession: 0);
        var request = Request with { Session = Request.Session with { SystemSession = "2" } };

        var failure = await Assert.ThrowsAsync<ElevationException>(() => launcher.LaunchAsync(request, CancellationToken.None));

        Assert.Contains("session 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("service", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(processes.Detached);
        using var own = await new DirectLauncher(processes, ownSession: 2).LaunchAsync(request, CancellationToken.None);
        Assert.Single(processes.Detached);
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_is_an_elevation_failure_with_its_cause_and_remedy()
    {
        var cause = new ChildProcessException("'/opt/x' does not exist", "/opt/x", isTransient: false, "Install it.");
        var launcher = new DirectLauncher(new FakeSupervisor { Failure = cause });

        var failure = await Assert.ThrowsAsync<ElevationException>(
            () => launcher.LaunchAsync(Request, CancellationToken.None));

        Assert.Contains("'/opt/x' does not exist", failure.Message, StringComparison.Ordinal);
        Assert.Contains(":0", failure.Message, StringComparison.Ordinal);
        Assert.Equal("Install it.", failure.Remedy);
        Assert.Equal(FailureScope.Host, failure.Scope);
        Assert.False(failure.IsTransient);
        Assert.Same(cause, failure.InnerException);
    }

    [Fact]
    public async Task A_cancelled_launch_starts_nothing()
    {
        var processes = new FakeSupervisor();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new DirectLauncher(processes).LaunchAsync(Request, new CancellationToken(canceled: true)));

        Assert.Empty(processes.Detached);
    }
}
