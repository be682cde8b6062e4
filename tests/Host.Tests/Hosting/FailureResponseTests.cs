using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Hosting;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.SystemLog;
using SessionRecorder.Tests.Sessions;

namespace SessionRecorder.Tests.Hosting;

/// <summary>What happens to a session that cannot be recorded.</summary>
public sealed class FailureResponseTests : ISessionEnder, ISystemLog
{
    private readonly FakeSessions _sessions = new();
    private readonly List<string> _loggedOff = [];
    private readonly List<(SystemLogEntry Entry, string Message)> _entries = [];
    private Exception? _refusal;

    public FailureResponseTests()
    {
        _sessions.Change(SessionChangeKind.LoggedOn, FakeSessions.Of(":0"));
        _sessions.Change(SessionChangeKind.LoggedOn, FakeSessions.Of(":1", "grace"));
    }

    void ISessionEnder.LogOff(DesktopSession session)
    {
        if (_refusal is not null)
        {
            throw _refusal;
        }

        _loggedOff.Add($"{session.SystemSession} {session.User}");
    }

    void ISystemLog.Write(SystemLogEntry entry, string message) => _entries.Add((entry, message));

    [Fact]
    public async Task The_session_goes_on_where_that_is_allowed()
    {
        Assert.Null(await RunAsync(FailurePolicy.Allow, Session(":0", "ada")));
        Assert.Empty(_loggedOff);
        Assert.Empty(_entries);
    }

    [Fact]
    public async Task The_session_that_was_to_be_recorded_is_logged_off_and_no_other()
    {
        Assert.Contains("logged off", await RunAsync(FailurePolicy.Logoff, Session(":0", "ada")), StringComparison.Ordinal);
        Assert.Equal([":0 ada"], _loggedOff);
        var (entry, message) = Assert.Single(_entries);
        Assert.Equal(SystemLogEntry.LoggedOff, entry);
        Assert.Contains("no ffmpeg", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(":0", "grace", null)]
    [InlineData(":0", "ada", "grace")]
    [InlineData(":7", "ada", null)]
    public async Task A_session_that_is_gone_or_anothers_by_now_is_left_alone(string systemSession, string user, string? userId)
    {
        var told = await RunAsync(FailurePolicy.Logoff, Session(systemSession, user) with { UserId = userId });

        Assert.Contains("could not be logged off", told, StringComparison.Ordinal);
        Assert.Empty(_loggedOff);
        Assert.Equal(SystemLogEntry.LogoffFailed, Assert.Single(_entries).Entry);
    }

    [Fact]
    public async Task A_system_that_cannot_log_off_is_told_of_and_hides_no_failure()
    {
        _refusal = new PlatformException("no logind", FailureScope.Session, isTransient: false);

        Assert.Contains("no logind", await RunAsync(FailurePolicy.Logoff, Session(":0", "ada")), StringComparison.Ordinal);
        Assert.Contains("no ffmpeg", Assert.Single(_entries).Message, StringComparison.Ordinal);
    }

    private static UserSession Session(string systemSession, string user) =>
        new() { Id = "s", User = user, Host = "h", SystemSession = systemSession };

    private Task<string?> RunAsync(FailurePolicy policy, UserSession session) =>
        new FailureResponse(policy, new SessionLogoff(_sessions, this), this, NullLogger<FailureResponse>.Instance)
            .RunAsync(session, "there is no ffmpeg");
}
