using SessionRecorder.Host.Control;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Tests.Service;

namespace SessionRecorder.Tests.Heartbeat;

/// <summary>What a service tells of the sessions that it sees.</summary>
public sealed class MachineHeartbeatTests
{
    private readonly FakeMachine _machine = new();

    [Fact]
    public async Task A_session_that_an_agent_records_is_told_with_its_recording_and_one_that_nobody_records_without()
    {
        _machine.Desktops.AddRange([FakeMachine.Desktop(":0", "ada"), FakeMachine.Desktop(":1", "eve"), FakeMachine.Desktop(":2", "bob")]);
        _machine.Agents.AddRange([Agent("s0", ":0", "recording"), Agent("s1", ":1", AgentStatus.Stopping)]);

        Assert.Equal(
            [new(":0", "ada", "s0", null), new(":1", "eve", null, null), new(":2", "bob", null, "the policy excepts bob")],
            await TellAsync(records: false, desktop => desktop.User == "bob" ? "the policy excepts bob" : null));
    }

    [Fact]
    public async Task A_display_that_nobody_logged_on_to_is_excepted_where_the_service_is_not_to_record_it()
    {
        _machine.Desktops.Add(FakeMachine.Desktop(":9", "root") with { IsOfUser = false });

        Assert.Contains("nobody is logged on", Assert.Single(await TellAsync(records: false)).Excepted, StringComparison.Ordinal);
        Assert.Null(Assert.Single(await TellAsync(records: true)).Excepted);
    }

    private async Task<IReadOnlyList<HeartbeatDesktop>> TellAsync(bool records, Func<DesktopSession, string?>? policy = null)
    {
        var heartbeat = new MachineHeartbeat(
            _machine, new NoneUnseen(), _machine, () => Task.FromResult(policy ?? (_ => null)), records, "k/", TimeSpan.FromMinutes(5), TimeProvider.System);
        var told = await heartbeat.MakeAsync();
        return told!.Value.Document.Desktops!;
    }

    private sealed class NoneUnseen : IUnseenSessions
    {
        public Task<IReadOnlyList<UnseenSession>> ListUnseenAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<UnseenSession>>([]);
    }

    private static AgentStatus Agent(string id, string systemSession, string state) =>
        new(id, systemSession, "ada", state, DateTimeOffset.UnixEpoch, 1, 2, "x11grab", 10, 1, 0, null, null, []);
}
