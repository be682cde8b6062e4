using System.Text.Json;
using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>Recording in the background: start, status, stop.</summary>
public sealed class AgentTests : IAsyncLifetime
{
    private VirtualDisplay? _display;

    private VirtualDisplay Display => _display ?? throw new InvalidOperationException("the display is not there yet");

    public async ValueTask InitializeAsync()
    {
        _display = await VirtualDisplay.StartXvfbAsync();
        await _display.ShowTimeAsync();
    }

    public ValueTask DisposeAsync() => Display.DisposeAsync();

    [Fact]
    public async Task Start_returns_to_a_shell_that_waits_for_its_output_and_names_the_session()
    {
        await using var recorder = new Recorder(Display.Name);

        // ShellAsync waits until nobody holds the output any more.
        var start = await recorder.ShellAsync("out=$(\"$PROGRAM\" start --config \"$CONFIG\" 2>&1); echo \"$? $out\"");

        Assert.StartsWith("0 ", start.Output, StringComparison.Ordinal);
        Assert.Single(recorder.HostIds);
        Assert.Single(recorder.FfmpegIds);
        Expect.ExitCode(0, await recorder.RunAsync("stop"));
        Assert.Contains(recorder.Session.Id, start.Output, StringComparison.Ordinal);
        Assert.Empty(recorder.HostIds);
        Assert.Empty(recorder.FfmpegIds);
    }

    [Fact]
    public async Task A_second_start_on_the_same_display_is_harmless()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("first");
        var (host, ffmpeg) = (recorder.HostIds, recorder.FfmpegIds);

        Expect.ExitCode(0, await recorder.RunAsync("start", "--session", "first"));
        Expect.ExitCode(0, await recorder.RunAsync("start"));

        Assert.Equal(host, recorder.HostIds);
        Assert.Equal(ffmpeg, recorder.FfmpegIds);
        await Expect.Whole(recorder, await recorder.StopAsync("first"));
        Assert.Single(recorder.Sessions);
    }

    [Fact]
    public async Task A_user_whom_the_policy_excepts_is_left_alone_and_start_says_so()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Policy"] = new JsonObject { ["ExceptUsers"] = new JsonArray(Environment.UserName) };

        var start = await recorder.RunAsync("start");

        Expect.ExitCode(0, start);
        Assert.Contains($"not recorded: the policy excepts the user {Environment.UserName}", start.Output, StringComparison.Ordinal);
        Assert.Empty(recorder.HostIds);
        Assert.Empty(recorder.Sessions);
    }

    [Fact]
    public async Task A_recording_ends_by_itself_when_the_longest_session_is_over()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Policy"] = new JsonObject { ["LongestSession"] = "5s" };
        await recorder.StartAsync("limited");

        await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, TimeSpan.FromSeconds(60), "the agent's end");

        await Expect.Whole(recorder, recorder.Session);
        Assert.Equal("complete", recorder.Session.Manifest.State);
        Assert.Contains("\"change\":\"length-limit\"", File.ReadAllText(recorder.Session.LedgerPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Heartbeats_in_storage_tell_that_a_session_is_recorded_and_that_it_ended()
    {
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["Heartbeat"] = new JsonObject { ["Interval"] = "1s" };
        await recorder.StartAsync("beating");
        await Recorder.WaitUntilAsync(
            () => Directory.Exists(Path.Combine(recorder.StorageDirectory, "heartbeats")), TimeSpan.FromSeconds(20), "a heartbeat");

        var during = await recorder.RunAsync("fleet");
        Expect.ExitCode(0, during);
        Assert.Matches("beating.*(recording|starting)", during.Output);
        await Expect.Whole(recorder, await recorder.StopAsync("beating"));

        await Recorder.WaitUntilAsync(
            () => File.ReadAllText(Directory.GetFiles(recorder.StorageDirectory, "beating.session", SearchOption.AllDirectories).Single()).Contains("\"ended\"", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            "the last heartbeat");
        Expect.ExitCode(0, await recorder.RunAsync("verify"));
    }

    [Fact]
    public async Task Status_tells_what_is_recorded_and_stop_ends_it_once()
    {
        await using var recorder = new Recorder(Display.Name);
        await recorder.StartAsync("watched");

        var status = await recorder.RunAsync("status");
        var json = await recorder.RunAsync("status", "--json");
        await recorder.StopAsync("watched");
        var again = await recorder.RunAsync("stop", "--session", "watched");

        Expect.ExitCode(0, status);
        Assert.Contains("watched", status.Output, StringComparison.Ordinal);
        Expect.ExitCode(0, json);
        JsonDocument.Parse(json.Output).Dispose();
        Assert.Contains("watched", json.Output, StringComparison.Ordinal);
        Expect.ExitCode(3, again);
    }

    [Fact]
    public async Task Sessions_on_two_displays_are_stopped_in_either_order_and_each_is_complete()
    {
        await using var otherDisplay = await VirtualDisplay.StartXvfbAsync(1024, 768);
        await otherDisplay.ShowTimeAsync();
        await using var one = new Recorder(Display.Name);
        await using var other = new Recorder(otherDisplay.Name, one.Folder);
        var calm = TimeSpan.FromSeconds(2);

        await one.StartAsync("a");
        await other.StartAsync("b");
        await Task.Delay(calm);
        await one.StopAsync("a");
        await one.StartAsync("c");
        await Task.Delay(calm);
        await one.StopAsync("c");
        await Task.Delay(calm);
        await other.StopAsync("b");

        Assert.Equal(["a", "b", "c"], one.Sessions.Select(session => session.Id));
        foreach (var session in one.Sessions)
        {
            await Expect.Whole(one, session);
            Assert.All(session.Manifest.Segments, segment => Assert.Equal(session.Id == "b" ? 1024 : 1280, segment.Width));
        }

        Assert.InRange((await Footage.ReadAsync(one.Sessions[1])).LargestStep.Length.TotalSeconds, 0, 0.5);
    }

    [Fact]
    public async Task Stop_all_ends_every_session()
    {
        await using var otherDisplay = await VirtualDisplay.StartXvfbAsync(1024, 768);
        await using var one = new Recorder(Display.Name);
        await using var other = new Recorder(otherDisplay.Name, one.Folder);
        await one.StartAsync("a");
        await other.StartAsync("b");

        Expect.ExitCode(0, await one.RunAsync("stop", "--all"));

        Assert.Empty(one.HostIds.Concat(other.HostIds));
        Assert.Equal(["complete", "complete"], one.Sessions.Select(session => session.Manifest.State));
    }

    [Theory]
    [InlineData(ProcFs.SigInt)]
    [InlineData(ProcFs.SigTerm)]
    public async Task A_recording_in_the_foreground_ends_well_when_it_is_interrupted(int signal)
    {
        await using var recorder = new Recorder(Display.Name);
        await using var recording = recorder.Launch("record");
        await Recorder.WaitUntilAsync(() => recorder.FfmpegIds.Count > 0, TimeSpan.FromSeconds(10), "ffmpeg runs");
        await Task.Delay(TimeSpan.FromSeconds(3));

        ProcFs.Signal(recording.Id, signal);

        Expect.ExitCode(0, await recording.WaitForExitAsync(TimeSpan.FromSeconds(15)));
        await Expect.Whole(recorder, recorder.Session);
    }
}
