using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>A user without rights who puts sockets where X servers have theirs, takes their own away, or keeps one busy.</summary>
public sealed class HostileDisplayTests : IAsyncLifetime
{
    private const string Storage = "/opt/storage";
    private const string Configuration = "/opt/recorder.json";
    private const string Sockets = "/tmp/.X11-unix";

    /// <summary>Listens at each display that is named, and says nothing.</summary>
    private const string Listeners =
        "use Socket; for my $n (@ARGV) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, pack_sockaddr_un(\"/tmp/.X11-unix/X$n\")) or die $!; "
        + "listen($s, 50); push @all, $s; } $|=1; print \"ready\\n\"; sleep 300;";

    /// <summary>Fills the queue of one display's server, and keeps it full.</summary>
    private const string Flood =
        "use Socket; use Fcntl; $|=1; my @s; while (1) { socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die $!; fcntl($s, F_SETFL, O_NONBLOCK); "
        + "if (connect($s, pack_sockaddr_un(\"/tmp/.X11-unix/X$ARGV[0]\"))) { push @s, $s } else { print \"ready\\n\"; sleep 1 } }";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    private UnprivilegedUser? _user;
    private SimulatedMachine? _machine;

    private UnprivilegedUser User => _user ?? throw new InvalidOperationException("there is no user yet");

    private SimulatedMachine Machine => _machine ?? throw new InvalidOperationException("there is no machine yet");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        _user = await UnprivilegedUser.CreateAsync();
        _machine = await SimulatedMachine.CreateAsync();
        await Machine.RunAsync("mkdir", "-m", "0700", Storage);
    }

    public async ValueTask DisposeAsync()
    {
        await (_machine?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_user?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task A_user_who_removes_the_socket_of_their_display_is_recorded_on_also_by_a_new_capture()
    {
        await using var service = await StartServiceAsync();
        var session = await Machine.LogOnAsync(User);
        await UntilAsync(s => s.Manifest.Segments.Count > 1, "the session is recorded");
        var display = $":{session.Output.Trim()}";

        Expect.ExitCode(0, await Machine.RunAsAsync(User, "/bin/rm", $"{Sockets}/X{display[1..]}"));

        // Longer than a display server may be gone.
        await Task.Delay(TimeSpan.FromSeconds(16), TestContext.Current.CancellationToken);
        await Machine.RunAsync("/usr/bin/env", $"DISPLAY={display}", "xrandr", "--fb", "1024x600");
        await UntilAsync(s => s.Manifest.Segments.Count(segment => segment.Width == 1024) > 1, "a new capture records");
        await SimulatedMachine.LogOffAsync(session);
        await UntilAsync(s => s.Manifest.State == "complete", "the recording ends with its session");
        ProcFs.Signal(service.Id, ProcFs.SigTerm);

        var stored = Assert.Single(FindSessions());
        Assert.Empty(await SessionAudit.FindProblemsAsync(stored));

        // At the end the display is gone for the time that it is waited for.
        Assert.DoesNotContain(stored.Manifest.Gaps, gap => (gap.To - gap.From).TotalSeconds > 6 && gap.To < stored.Manifest.EndedAt);
    }

    [Fact]
    public async Task Sockets_that_are_no_displays_below_and_above_the_real_one_neither_hide_it_nor_are_recorded()
    {
        await using var fakes = Machine.LaunchAs(User, "/usr/bin/perl", ["-e", Listeners, .. Enumerable.Range(600, 20).Select(n => $"{n}"), "0", "9999"]);
        await fakes.WaitForLineAsync("ready", _patience);
        await using var service = await StartServiceAsync();
        var session = await Machine.LogOnAsync(User);

        await UntilAsync(s => s.Manifest.Segments.Count > 1, "the session is recorded");
        var recording = JsonNode.Parse((await Machine.RunAsync(Recorder.Program, "status", "--json", "--config", Configuration)).Output)!["recording"]!.AsArray();
        await SimulatedMachine.LogOffAsync(session);
        await UntilAsync(s => s.Manifest.State == "complete", "the recording ends with its session");

        Assert.Single(recording);
        Assert.Empty(await SessionAudit.FindProblemsAsync(Assert.Single(FindSessions())));
    }

    [Fact]
    public async Task An_AppStream_start_takes_the_real_display_and_not_the_socket_with_the_highest_number()
    {
        await WriteConfigurationAsync("appstream");
        await using var fakes = Machine.LaunchAs(User, "/usr/bin/perl", ["-e", Listeners, "9998", "9999"]);
        await fakes.WaitForLineAsync("ready", _patience);
        var session = await Machine.LogOnAsync(User);

        Expect.ExitCode(0, await Machine.RunAsync(Recorder.Program, "start", "--timeout", "50s", "--config", Configuration));
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Expect.ExitCode(0, await Machine.RunAsync(Recorder.Program, "stop", "--all", "--timeout", "50s", "--config", Configuration));

        await SimulatedMachine.LogOffAsync(session);
        Assert.Empty(await SessionAudit.FindProblemsAsync(Assert.Single(FindSessions())));
    }

    [Fact]
    public async Task A_server_that_is_kept_busy_hides_no_other_session()
    {
        await using var roots = Machine.Launch("Xvfb", ["-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"]);
        var number = (await roots.WaitForLineAsync("", _patience)).Trim();
        await using var service = await StartServiceAsync();
        await UntilAsync(s => s.Manifest.User == "root" && s.Manifest.Segments.Count > 0, "root's display is recorded");

        // Too busy to take connections: stopped, so that the queue is full at every look.
        ProcFs.Signal(roots.Id, ProcFs.SigStop);
        await using var flood = Machine.LaunchAs(User, "/usr/bin/perl", ["-e", Flood, number]);
        await flood.WaitForLineAsync("ready", _patience);

        var session = await Machine.LogOnAsync(User);
        await UntilAsync(s => s.Manifest.User == User.Name && s.Manifest.Segments.Count > 1, "the other session is recorded");

        await SimulatedMachine.LogOffAsync(session);
        await UntilAsync(s => s.Manifest.User == User.Name && s.Manifest.State == "complete", "the recording ends with its session");
        Assert.Single(FindSessions(), s => s.Manifest.User == "root");
        ProcFs.Signal(roots.Id, ProcFs.SigCont);
        await SimulatedMachine.LogOffAsync(roots);
    }

    private async Task<RunningProcess> StartServiceAsync()
    {
        await WriteConfigurationAsync("local");
        var service = Machine.Launch(Recorder.Program, ["service", "--config", Configuration]);
        await service.WaitForLineAsync("the service runs", _patience);
        return service;
    }

    private async Task WriteConfigurationAsync(string platform)
    {
        await Machine.WriteAsync(Configuration, new JsonObject
        {
            ["DataDirectory"] = "/opt/data",
            ["MetadataTimeout"] = "1s",
            ["Platform"] = new JsonObject { ["Plugin"] = platform },
            ["Elevation"] = new JsonObject { ["Plugin"] = platform == "appstream" ? "direct" : "service" },
            ["Service"] = new JsonObject { ["Watch"] = platform != "appstream" },
            ["Capture"] = new JsonObject { ["SegmentDuration"] = "2s" },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = Storage } },
            },
        }.ToJsonString());
        await Machine.RunAsync("chmod", "0600", Configuration);
    }

    private IReadOnlyList<RecordedSession> FindSessions() => RecordedSession.FindAll(Machine.At(Storage));

    private Task<TimeSpan> UntilAsync(Func<RecordedSession, bool> holds, string what) =>
        Recorder.WaitUntilAsync(() => FindSessions().Any(holds), _patience, what);
}
