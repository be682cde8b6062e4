using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Tests.Service;
using SessionRecorder.Tests.Upload;

namespace SessionRecorder.Tests.Heartbeat;

/// <summary>What the owner of many machines learns from the heartbeats in storage.</summary>
public sealed class FleetTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly FaultySink _sink = new();

    [Fact]
    public async Task A_session_that_tells_in_time_is_as_it_says_and_one_that_fell_silent_is_trouble()
    {
        Put(Session("fresh", "recording", minutesAgo: 4));
        Put(Session("dead", "recording", minutesAgo: 12));
        Put(Session("over", HeartbeatDocument.Ended, minutesAgo: 600));

        var states = (await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation)).ToDictionary(entry => entry.SessionId!);

        Assert.Equal(("recording", false), (states["fresh"].State, states["fresh"].IsTrouble));
        Assert.Equal(("silent", true), (states["dead"].State, states["dead"].IsTrouble));
        Assert.Equal(("ended", false), (states["over"].State, states["over"].IsTrouble));
    }

    [Fact]
    public async Task A_session_that_runs_without_a_recording_is_trouble_unless_the_policy_leaves_it_alone()
    {
        Put(Machine(minutesAgo: 1, new(":0", "ada", "s1", null), new(":1", "eve", null, null), new(":2", "bob", null, "the policy excepts bob")));

        var entries = await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation);

        Assert.Equal([("eve", "unrecorded", true), ("bob", "excepted", false)], entries.Select(e => (e.User!, e.State, e.IsTrouble)));
    }

    [Fact]
    public async Task A_session_that_nobody_can_record_is_told_by_the_machine_and_is_trouble_with_its_reason()
    {
        var machine = new FakeMachine { Desktops = { FakeMachine.Desktop(":7", "ada") } };
        machine.AddAgent("a", ":7");
        var beat = new MachineHeartbeat(
            machine,
            new Unseen(new UnseenSession("login 3", "eve", "a Wayland screen")),
            machine,
            () => Task.FromResult<Func<DesktopSession, string?>>(_ => null),
            true,
            "k/",
            TimeSpan.FromMinutes(5),
            TimeProvider.System);

        Put((await beat.MakeAsync())!.Value.Document);
        var entry = Assert.Single(await FleetReport.ReadAsync(_sink, "k/", DateTimeOffset.UtcNow, Cancellation));

        Assert.Equal(("eve", "login 3", "unrecorded", "a Wayland screen", true), (entry.User, entry.SystemSession, entry.State, entry.Remark, entry.IsTrouble));
    }

    [Fact]
    public async Task A_machine_whose_service_fell_silent_is_trouble()
    {
        Put(Machine(minutesAgo: 30));
        Assert.Equal("silent", Assert.Single(await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation)).State);
    }

    [Fact]
    public async Task What_is_unreadable_is_named_and_the_rest_is_shown()
    {
        _sink.Objects["k/heartbeats/h/broken.session"] = Encoding.UTF8.GetBytes("{");
        Put(Session("fresh", "recording", minutesAgo: 1));

        var entries = await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation);

        Assert.Equal(["unreadable", "recording"], entries.Select(entry => entry.State));
        Assert.Equal("k/heartbeats/h/broken.session", entries[0].Host);
    }

    [Fact]
    public async Task A_sender_tells_at_once_and_once_more_at_the_end_and_a_sink_that_refuses_hinders_no_other()
    {
        var refusing = new FaultySink { Fault = put => new StorageException("no", StorageFailure.Denied, false, put.Key) };
        var sender = new HeartbeatSender(
            new Dictionary<string, IStorageSink> { ["bad"] = refusing, ["good"] = _sink },
            TimeSpan.FromHours(1),
            TimeProvider.System,
            NullLogger<HeartbeatSender>.Instance);
        using var end = new CancellationTokenSource();
        var running = sender.RunAsync(
            () => Task.FromResult<(string, HeartbeatDocument)?>(
                ("k/heartbeats/h/s.session", Session("s", end.IsCancellationRequested ? HeartbeatDocument.Ended : "recording", 0))),
            Task.CompletedTask,
            end.Token);
        while (!_sink.Objects.ContainsKey("k/heartbeats/h/s.session"))
        {
            await Task.Delay(10, Cancellation);
        }

        await end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);

        Assert.Contains("\"ended\"", Encoding.UTF8.GetString(_sink.Objects["k/heartbeats/h/s.session"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_tells_again_when_there_is_news_and_not_only_when_the_next_is_due()
    {
        var sender = new HeartbeatSender(
            new Dictionary<string, IStorageSink> { ["good"] = _sink }, TimeSpan.FromHours(1), TimeProvider.System, NullLogger<HeartbeatSender>.Instance);
        var firstFrame = new TaskCompletionSource();
        using var end = new CancellationTokenSource();
        var running = sender.RunAsync(
            () => Task.FromResult<(string, HeartbeatDocument)?>(
                ("k/heartbeats/h/s.session", Session("s", firstFrame.Task.IsCompleted ? "recording" : "starting", 0))),
            firstFrame.Task,
            end.Token);
        await Wait.UntilAsync(TimeSpan.FromSeconds(20), () => Told("\"starting\""), "the start to be told");

        firstFrame.SetResult();
        await Wait.UntilAsync(TimeSpan.FromSeconds(20), () => Told("\"recording\""), "the first frame to be told");

        await end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
    }

    private bool Told(string what) => _sink.Objects.TryGetValue("k/heartbeats/h/s.session", out var bytes)
        && Encoding.UTF8.GetString(bytes).Contains(what, StringComparison.Ordinal);

    private static HeartbeatDocument Session(string id, string state, int minutesAgo) => new()
    {
        Host = "h",
        At = Now.AddMinutes(-minutesAgo),
        Interval = 300,
        Recorder = "1",
        Session = new HeartbeatSession(id, "zoë", ":0", $"k/{id}/", state, null, 0),
    };

    private static HeartbeatDocument Machine(int minutesAgo, params HeartbeatDesktop[] desktops) => new()
    {
        Host = "h", At = Now.AddMinutes(-minutesAgo), Interval = 300, Recorder = "1", Desktops = desktops,
    };

    private sealed class Unseen(params UnseenSession[] sessions) : IUnseenSessions
    {
        public Task<IReadOnlyList<UnseenSession>> ListUnseenAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<UnseenSession>>(sessions);
    }

    private void Put(HeartbeatDocument document)
    {
        var key = document.Session is { } session
            ? HeartbeatDocument.KeyOf("k/", document.Host, session.SessionId)
            : HeartbeatDocument.KeyOf("k/", document.Host);
        _sink.Objects[key] = JsonSerializer.SerializeToUtf8Bytes(document, HeartbeatFormat.Document);
    }
}
