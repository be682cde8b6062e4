using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>What a real user without rights can reach of a recording that root makes of a screen: nothing.</summary>
public sealed class ReachTests : IAsyncLifetime
{
    private const string Session = "out-of-reach";

    private UnprivilegedUser? _user;
    private VirtualDisplay? _display;
    private Recorder? _recorder;

    private UnprivilegedUser User => _user ?? throw new InvalidOperationException("there is no user yet");

    private Recorder Recorder => _recorder ?? throw new InvalidOperationException("there is no recorder yet");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        _user = await UnprivilegedUser.CreateAsync();
        _display = await VirtualDisplay.StartXvfbAsync();
        _recorder = new Recorder(_display.Name);

        // The folder above is opened, so that what follows is refused by the recorder's own folders and not by this one.
        await Tool.RunAsync("chmod", ["0755", _recorder.Folder]);
        Environment.SetEnvironmentVariable("FFREPORT", $"file={_user.Home}/report:level=32");
        await _recorder.StartAsync(Session);
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable("FFREPORT", null);
        await (_recorder?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_display?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_user?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Nothing_of_a_running_recording_can_be_read_or_stopped_by_a_user()
    {
        var (agent, ffmpeg) = (Assert.Single(Recorder.HostIds), Assert.Single(Recorder.FfmpegIds));
        var data = Recorder.DataDirectory;
        var socket = Assert.Single(Directory.EnumerateFiles(Path.Combine(data, "run")));

        await Task.Delay(TimeSpan.FromSeconds(1));
        foreach (var folder in new[] { data, Recorder.SpoolOf(Session), Path.Combine(data, "run"), Path.Combine(data, "logs") })
        {
            await RefusedAsync("ls", folder);
        }

        await RefusedAsync("cat", Path.Combine(Recorder.SpoolOf(Session), "ledger.jsonl"));
        await RefusedAsync("cat", Assert.Single(Directory.GetFiles(Path.Combine(data, "logs"), "*.jsonl", SearchOption.AllDirectories)));
        await RefusedAsync("perl", "-MIO::Socket::UNIX", "-e", "IO::Socket::UNIX->new(Peer => shift) or die $!", socket);
        foreach (var id in new[] { agent, ffmpeg })
        {
            await RefusedAsync("sh", "-c", $"kill -TERM {id}");
            await RefusedAsync("sh", "-c", $"kill -STOP {id}");
            await RefusedAsync("cat", $"/proc/{id}/environ");
            await RefusedAsync("dd", $"if=/proc/{id}/mem", "count=1");
            await RefusedAsync("perl", "-e", $"exit(syscall(101, 16, {id}, 0, 0) == 0 ? 0 : 1)");
        }

        var program = await User.InstallAsync(Recorder.Program);
        Expect.ExitCode(0, await User.TryAsync(program, ["--version"]));
        foreach (string[] command in (string[][])[["stop", "--session", Session], ["stop", "--all"], ["status"], ["recover"]])
        {
            var result = await User.TryAsync(program, command, ("SESSION_RECORDER__DATADIRECTORY", data));
            Assert.True(result.ExitCode is not 0, $"{string.Join(' ', command)}: {result}");
            Assert.DoesNotContain(Session, result.Output, StringComparison.Ordinal);
        }

        Assert.Equal((agent, ffmpeg), (Assert.Single(Recorder.HostIds), Assert.Single(Recorder.FfmpegIds)));
        await Expect.Whole(Recorder, await Recorder.StopAsync(Session));
    }

    [Fact]
    public async Task A_user_who_gets_to_the_control_socket_is_hung_up_on()
    {
        // As if an administrator had opened every folder and the socket itself by mistake.
        var run = Path.Combine(Recorder.DataDirectory, "run");
        var socket = Assert.Single(Directory.EnumerateFiles(run));
        await Tool.RunAsync("chmod", ["0777", socket]);
        await Tool.RunAsync("chmod", ["0755", run, Recorder.DataDirectory]);

        // A request as StreamJsonRpc writes it: its length, and the call.
        const string Talk = """
            my $s = IO::Socket::UNIX->new(Peer => shift) or die $!;
            my $m = '{"jsonrpc":"2.0","id":1,"method":"StopAsync","params":[5]}';
            $SIG{PIPE} = 'IGNORE'; print $s pack('N', length $m), $m; $s->flush; my $n = read($s, my $answer, 4);
            print defined $n && $n > 0 ? "answered" : "hung up";
            """;
        var theirs = await User.TryAsync("perl", ["-MIO::Socket::UNIX", "-MIO::Handle", "-e", Talk, socket]);

        Assert.Equal("hung up", theirs.Output);
        Expect.ExitCode(0, await Recorder.RunAsync("status"));
        Assert.Single(Recorder.FfmpegIds);
        var ours = await Tool.TryAsync("perl", ["-MIO::Socket::UNIX", "-MIO::Handle", "-e", Talk, socket]);
        Assert.Equal("answered", ours.Output);
    }

    [Fact]
    public void Ffmpeg_and_agent_get_known_variables_alone()
    {
        foreach (var id in Recorder.HostIds.Concat(Recorder.FfmpegIds))
        {
            var environment = ProcFs.Environment(id);
            Assert.Contains("PATH=/usr/sbin:/usr/bin:/sbin:/bin", environment);
            Assert.DoesNotContain(environment, variable => variable.StartsWith("FFREPORT=", StringComparison.Ordinal));
            Assert.DoesNotContain(environment, variable => variable.StartsWith("DOTNET_", StringComparison.Ordinal));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(User.Home));
    }

    private async Task RefusedAsync(string program, params string[] arguments)
    {
        var result = await User.TryAsync(program, arguments);
        Assert.True(result.ExitCode != 0, $"{program} {string.Join(' ', arguments)}: {result}");
        Assert.Empty(result.Output);
    }
}
