using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>The service as root, beside a real user without rights who is logged on.</summary>
public sealed class ServiceTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_user_has_his_own_session_recorded_without_reading_anything_of_the_recorders()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await machine.StartServiceAsync();

        var started = await machine.AsUserAsync("start");
        TestContext.Current.TestOutputHelper?.WriteLine($"start took {started.Elapsed.TotalSeconds:F2} s");
        Expect.ExitCode(0, started);
        var session = Assert.Single(await machine.RecordingAsync())!;
        Assert.Equal((machine.User.Name, machine.Display.Name), ((string)session["user"]!, (string)session["systemSession"]!));
        var again = await machine.AsUserAsync("start");
        await Task.Delay(TimeSpan.FromSeconds(3));
        var id = (string)session["sessionId"]!;
        var stored = await machine.Recorder.StopAsync(id);

        Expect.ExitCode(0, again);
        Assert.Contains($"already recording session {id}", again.Output, StringComparison.Ordinal);
        await Expect.Whole(machine.Recorder, stored);
        Assert.Equal(machine.User.Name, stored.Manifest.User);
        var footage = await Footage.ReadAsync(stored);
        Assert.Equal(0, footage.Unreadable);
        Assert.True(footage.Frames.Count >= 10, $"{footage.Frames.Count} frames");
    }

    [Fact]
    public async Task A_user_can_neither_name_anothers_session_nor_do_anything_to_his_own_recording()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await using var others = await VirtualDisplay.StartXvfbAsync();
        await machine.StartServiceAsync();

        var other = await machine.AsUserOnAsync(others.Name, "start");
        Expect.ExitCode(3, other);
        Expect.OneLineError(other, $"you have no session {others.Name}");
        var named = await machine.AsUserAsync("start", "--session", "mine");
        Expect.ExitCode(2, named);
        Expect.OneLineError(named, "only administrators");
        Assert.Empty(machine.AgentIds);

        // Without a display to claim, the only one of his own is meant, and not root's.
        Expect.ExitCode(0, await machine.AsUserOnAsync(null, "start"));
        var id = (string)Assert.Single(await machine.RecordingAsync())!["sessionId"]!;
        int[] processes = [machine.Service.Id, Assert.Single(machine.AgentIds), Assert.Single(machine.Recorder.FfmpegIds)];
        foreach (var process in processes)
        {
            await RefusedAsync(machine, "sh", "-c", $"kill -TERM {process}");
            await RefusedAsync(machine, "sh", "-c", $"kill -STOP {process}");
            await RefusedAsync(machine, "cat", $"/proc/{process}/environ");
            await RefusedAsync(machine, "perl", "-e", $"exit(syscall(101, 16, {process}, 0, 0) == 0 ? 0 : 1)");
        }

        await RefusedAsync(machine, "ls", machine.Recorder.DataDirectory);
        await RefusedAsync(machine, "rm", machine.Socket);
        foreach (string[] command in (string[][])[["stop", "--session", id], ["stop", "--all"], ["recover"], ["service"]])
        {
            var result = await machine.AsUserAsync(command);
            Assert.True(result.ExitCode is not 0, $"{string.Join(' ', command)}: {result}");
        }

        Assert.Contains("-32601", await AskAsync(machine, "StopAsync", "5"), StringComparison.Ordinal);
        int[] after = [machine.Service.Id, Assert.Single(machine.AgentIds), Assert.Single(machine.Recorder.FfmpegIds)];
        Assert.Equal<int>(processes, after);
        await Expect.Whole(machine.Recorder, await machine.Recorder.StopAsync(id));
    }

    [Fact]
    public async Task An_agent_that_is_killed_is_started_again_and_the_gap_stands_in_the_manifest()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await machine.StartServiceAsync();
        Expect.ExitCode(0, await machine.AsUserAsync("start"));
        var id = (string)Assert.Single(await machine.RecordingAsync())!["sessionId"]!;
        await Task.Delay(TimeSpan.FromSeconds(2));

        var killed = Assert.Single(machine.AgentIds);
        var at = DateTimeOffset.UtcNow;
        ProcFs.Signal(killed, ProcFs.SigKill);
        await Recorder.WaitUntilAsync(
            () => machine.AgentIds.Any(agent => agent != killed) && machine.Recorder.FfmpegIds.Count == 1, _patience, "the agent is back");
        await Task.Delay(TimeSpan.FromSeconds(3));
        var stored = await machine.Recorder.StopAsync(id);

        var gap = Expect.GapAt(stored, at, "recorder-died");
        TestContext.Current.TestOutputHelper?.WriteLine($"the gap is {gap.Length.TotalSeconds:F2} s");
        Assert.Single(machine.Recorder.Sessions);
        await Expect.Whole(machine.Recorder, stored, "recovered");
        Assert.True((await Footage.ReadAsync(stored)).Frames[^1].Picture > gap.To, "nothing was recorded after the gap");
    }

    [Theory]
    [InlineData(ProcFs.SigKill)]
    [InlineData(ProcFs.SigTerm)]
    public async Task Agents_go_on_when_the_service_ends(int signal)
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await machine.StartServiceAsync();
        Expect.ExitCode(0, await machine.AsUserAsync("start"));
        var agent = Assert.Single(machine.AgentIds);

        ProcFs.Signal(machine.Service.Id, signal);
        await Recorder.WaitUntilAsync(() => machine.Service.HasExited, _patience, "the service ends");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var none = await machine.AsUserAsync("start");
        await machine.StartServiceAsync();
        var again = await machine.AsUserAsync("start");

        Expect.ExitCode(3, none);
        Expect.OneLineError(none, "service does not run");
        Expect.ExitCode(0, again);
        Assert.Equal(agent, Assert.Single(machine.AgentIds));
        var id = (string)Assert.Single(await machine.RecordingAsync())!["sessionId"]!;
        var stored = await machine.Recorder.StopAsync(id);
        await Expect.Whole(machine.Recorder, stored);
        Assert.DoesNotContain(stored.Manifest.Gaps, gap => gap.Cause == "recorder-died");
    }

    [Fact]
    public async Task What_was_left_behind_is_delivered_when_the_service_starts()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await machine.StartServiceAsync();
        Expect.ExitCode(0, await machine.AsUserAsync("start"));
        await Task.Delay(TimeSpan.FromSeconds(2));

        // As a power cut does: the service, the agent and the user's session at once.
        ProcFs.Signal(machine.Service.Id, ProcFs.SigKill);
        machine.Recorder.KillAll();
        await machine.Display.KillServerAsync();
        Assert.DoesNotContain("recovered", (await machine.Recorder.RunAsync("list")).Output, StringComparison.Ordinal);
        await machine.StartServiceAsync();
        await Recorder.WaitUntilAsync(
            () => Directory.EnumerateDirectories(Path.Combine(machine.Recorder.DataDirectory, "sessions")).All(folder => !File.Exists(Path.Combine(folder, "session.json"))),
            _patience,
            "what was left is delivered");

        await Expect.Whole(machine.Recorder, machine.Recorder.Session, "recovered");
        Assert.Empty(machine.AgentIds);
    }

    [Fact]
    public async Task A_user_is_told_whether_his_own_session_is_recorded_and_nothing_else()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await using var others = await VirtualDisplay.StartXvfbAsync();
        var none = await machine.AsUserAsync("status");
        await machine.StartServiceAsync();
        var before = await machine.AsUserAsync("status");
        Expect.ExitCode(0, await machine.AsUserAsync("start"));

        var after = await machine.AsUserAsync("status");
        var json = await machine.AsUserAsync("status", "--json");
        var id = (string)Assert.Single(await machine.RecordingAsync())!["sessionId"]!;
        await machine.Recorder.StopAsync(id);
        var stopped = await machine.AsUserAsync("status");

        Expect.ExitCode(3, none);
        Expect.OneLineError(none, "service does not run");
        foreach (var result in (ToolResult[])[before, stopped])
        {
            Expect.ExitCode(3, result);
            Assert.Equal($"your session {machine.Display.Name} is not recorded", result.Output.Trim());
        }

        Expect.ExitCode(0, after);
        Assert.Equal($"your session {machine.Display.Name} is recorded", after.Output.Trim());
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(json.Output),
            new JsonObject { ["own"] = new JsonArray(new JsonObject { ["systemSession"] = machine.Display.Name, ["isRecorded"] = true }) }), json.Output);
    }

    [Fact]
    public async Task Doctor_asks_the_service_itself_whether_it_runs()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        var before = await FindServiceAsync(machine);
        await machine.StartServiceAsync();
        Expect.ExitCode(0, await machine.AsUserAsync("start"));
        var with = await FindServiceAsync(machine);
        ProcFs.Signal(machine.Service.Id, ProcFs.SigStop);
        var hanging = await FindServiceAsync(machine);
        ProcFs.Signal(machine.Service.Id, ProcFs.SigKill);
        await Recorder.WaitUntilAsync(() => machine.Service.HasExited, _patience, "the service ends");
        var dead = await FindServiceAsync(machine);
        machine.Recorder.Configuration["Service"] = new JsonObject { ["Watch"] = true };
        var unwatched = await FindServiceAsync(machine);

        // Root could launch an agent without it.
        Assert.Equal(("warning", "warning"), (before.Level, dead.Level));
        Assert.Contains("no agent that dies is started again", dead.Message, StringComparison.Ordinal);
        Assert.Equal("ok", with.Level);
        Assert.Contains($"session {machine.Display.Name} is recorded", with.Message, StringComparison.Ordinal);
        Assert.Equal(("problem", "problem"), (hanging.Level, unwatched.Level));
        Assert.Contains("within 5s", hanging.Message, StringComparison.Ordinal);
    }

    private static async Task<(string Level, string Message)> FindServiceAsync(ServiceMachine machine)
    {
        var result = await machine.Recorder.RunAsync("doctor", "--json");
        var findings = JsonNode.Parse(result.Output)!["findings"]!.AsArray();
        var found = Assert.Single(findings, finding => (string)finding!["subject"]! == "service")!;
        Assert.Equal((string)found["level"]! == "ok", found["remedy"] is null);
        return ((string)found["level"]!, (string)found["message"]!);
    }

    [Fact]
    public async Task A_service_that_watches_records_from_logon_to_logoff()
    {
        // A machine of its own: it would record every other display of this one too, whosever they are.
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        await using var machine = await AppStreamInstance.CreateAsync();
        var file = $"/opt/recorder-{Guid.NewGuid():N}.json";
        await machine.RunAsync("mkdir", "-m", "0700", "/opt/storage");
        await machine.WriteAsync(file, new JsonObject
        {
            ["DataDirectory"] = "/opt/data",
            ["Platform"] = new JsonObject { ["Plugin"] = "local" },
            ["Elevation"] = new JsonObject { ["Plugin"] = "service" },
            ["Service"] = new JsonObject { ["Watch"] = true },
            ["Capture"] = new JsonObject { ["SegmentDuration"] = "2s" },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = "/opt/storage" } },
            },
        }.ToJsonString());
        await using var service = machine.Launch(Recorder.Program, ["service", "--config", file]);
        await service.WaitForLineAsync("the service runs", _patience);

        var session = await machine.LogOnAsync(user);
        await Recorder.WaitUntilAsync(() => Stored().Any(s => s.Manifest.Segments.Count > 1), TimeSpan.FromSeconds(60), "the session is recorded");
        await AppStreamInstance.LogOffAsync(session);
        await Recorder.WaitUntilAsync(
            () => Stored().Any(s => s.Manifest.State == "complete"), TimeSpan.FromSeconds(60), "the session is closed and delivered");
        ProcFs.Signal(service.Id, ProcFs.SigTerm);

        var stored = Assert.Single(Stored());
        Assert.Equal(user.Name, stored.Manifest.User);
        Assert.Empty(await SessionAudit.FindProblemsAsync(stored));

        IReadOnlyList<RecordedSession> Stored() => RecordedSession.FindAll(machine.At("/opt/storage"));
    }

    [Fact]
    public async Task A_hostile_user_harms_nobody_elses_requests()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await machine.StartServiceAsync();
        const string Attack = """
            $SIG{PIPE} = 'IGNORE'; my ($path, @open) = (shift);
            sub opened { my $s = IO::Socket::UNIX->new(Peer => $path); push @open, $s if $s; $s }
            for (1..200) { my $s = opened() or next; syswrite $s, "GET / HTTP/1.1\r\n\r\n" x 100; }
            for (1..20) { my $s = opened() or next; syswrite $s, pack('N', 1 << 30); syswrite $s, 'x' x 65536 for 1..64; }
            for (1..20) { my $s = opened() or next; my $m = '[' x 8000; syswrite $s, pack('N', length $m) . $m; }
            for (1..800) { my $s = opened() or next; syswrite $s, pack('N', 100) . '{"jsonrpc"'; }
            $| = 1; print "open\n"; sleep 60;
            """;
        await using var attacker = machine.User.Launch("/usr/bin/perl", ["-MIO::Socket::UNIX", "-e", Attack, machine.Socket]);
        await attacker.WaitForLineAsync("open", _patience);

        // The administrator gets through at once, and the user himself when what he holds open was hung up on.
        Assert.Contains("sessions", await RootAsksAsync(machine, "GetOwnSessionsAsync"), StringComparison.Ordinal);
        Assert.InRange(ProcFs.PeakResidentBytes(machine.Service.Id), 1, 300_000_000);
        await Recorder.WaitUntilAsync(
            () => AskAsync(machine, "GetOwnSessionsAsync").GetAwaiter().GetResult().Contains("isRecorded", StringComparison.Ordinal),
            _patience,
            "silent connections are hung up on");
        Expect.ExitCode(0, await machine.AsUserAsync("start"));
        Assert.False(machine.Service.HasExited);
    }

    private static async Task RefusedAsync(ServiceMachine machine, string program, params string[] arguments)
    {
        var result = await machine.User.TryAsync(program, arguments);
        Assert.True(result.ExitCode != 0, $"{program} {string.Join(' ', arguments)}: {result}");
    }

    /// <summary>Speaks to the service as the user, without the program's manners.</summary>
    private static async Task<string> AskAsync(ServiceMachine machine, string method, string parameters = "") =>
        (await machine.User.TryAsync("/usr/bin/perl", Talk(machine, method, parameters))).Output;

    private static async Task<string> RootAsksAsync(ServiceMachine machine, string method) =>
        (await Tool.TryAsync("/usr/bin/perl", Talk(machine, method, ""))).Output;

    private static string[] Talk(ServiceMachine machine, string method, string parameters)
    {
        const string Code = """
            $SIG{PIPE} = 'IGNORE'; my $s = IO::Socket::UNIX->new(Peer => shift) or die $!; my $m = shift;
            syswrite $s, pack('N', length $m) . $m; my $n = sysread($s, my $answer, 65536); print $answer if $n;
            """;
        return
        [
            "-MIO::Socket::UNIX", "-e", Code, machine.Socket,
            $$"""{"jsonrpc":"2.0","id":1,"method":"{{method}}","params":[{{parameters}}]}""",
        ];
    }
}
