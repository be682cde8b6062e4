using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>What root refuses because a real user without rights could change it (docs/security.md).</summary>
public sealed class TrustTests : IAsyncLifetime
{
    private UnprivilegedUser? _user;
    private Recorder? _recorder;

    private UnprivilegedUser User => _user ?? throw new InvalidOperationException("there is no user yet");

    private Recorder Recorder => _recorder ?? throw new InvalidOperationException("there is no recorder yet");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        _user = await UnprivilegedUser.CreateAsync();
        _recorder = new Recorder(":0");
    }

    public async ValueTask DisposeAsync()
    {
        await (_recorder?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_user?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Theory]
    [InlineData("plugins")]
    [InlineData("plugins/storage.local")]
    [InlineData("plugins/storage.local/plugin.json")]
    [InlineData("plugins/storage.local/SessionRecorder.Storage.Local.dll")]
    [InlineData("bin")]
    [InlineData("bin/ffmpeg")]
    [InlineData("bin/ffprobe")]
    [InlineData("state")]
    [InlineData("state/data")]
    [InlineData("state/data/sessions")]
    [InlineData("")]
    public async Task What_a_user_owns_is_refused_by_its_path_with_the_cure(string owned)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await InstallAsync(display.Name);
        var path = Path.TrimEndingDirectorySeparator(Path.Combine(Recorder.Folder, owned));

        Expect.ExitCode(0, await Recorder.RunAsync("record", "--duration", "1s"));
        await User.OwnAsync(path);
        foreach (string[] command in (string[][])[["record", "--duration", "1s"], ["start", "--timeout", "20s"]])
        {
            var result = await Recorder.RunAsync(command);

            Expect.ExitCode(2, result);
            Expect.OneLineError(result, $"{path} is owned by user {User.Id}", $"chown root:root {path} && chmod go-w {path}");
        }

        Assert.Empty(Recorder.HostIds);
        Assert.Single(Recorder.Sessions, session => session.Manifest.Segments.Count > 0);
    }

    [Theory]
    [InlineData("0666", "can be written by every user")]
    [InlineData("0664", "can be written by its group")]
    public async Task A_configuration_file_that_others_can_write_is_refused(string mode, string problem)
    {
        // Written once, so that the mode stays.
        Expect.ExitCode(3, await Recorder.RunAsync("status"));
        await Tool.RunAsync("chmod", [mode, Recorder.ConfigurationPath]);

        var result = await Recorder.RunAsync("status");

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, $"{Recorder.ConfigurationPath} {problem}", $"chmod go-w {Recorder.ConfigurationPath}");
    }

    [Fact]
    public async Task A_users_link_is_refused_however_often_it_is_turned_about()
    {
        await Tool.RunAsync("chmod", ["1777", Directory.CreateDirectory(Path.Combine(Recorder.Folder, "tmp")).FullName]);
        var link = Path.Combine(Recorder.Folder, "tmp", "data");
        Recorder.Configuration["DataDirectory"] = link;
        Directory.CreateDirectory(Path.Combine(Recorder.Folder, "good"));
        await Tool.RunAsync("chmod", ["0755", Recorder.Folder]);
        await using var turning = User.Launch(
            "/bin/sh", ["-c", $"while :; do ln -sfn {Recorder.Folder}/good {link}; ln -sfn {User.Home} {link}; done"]);
        await Recorder.WaitUntilAsync(() => new FileInfo(link).LinkTarget is not null, TimeSpan.FromSeconds(10), "the link is there");

        for (var round = 0; round < 5; round++)
        {
            var result = await Recorder.RunAsync("status");

            // Between unlinking and linking there may be nothing: then root makes the folder, and keeps it.
            Assert.True(result.ExitCode == 2 || !Directory.Exists(Path.Combine(Recorder.Folder, "good", "sessions")), result.ToString());
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(User.Home));
    }

    [Fact]
    public async Task Two_dots_after_a_link_do_not_lead_out_of_what_is_checked()
    {
        await Tool.RunAsync("cp", ["/usr/bin/ffmpeg", Path.Combine(User.Home, "ffmpeg")]);
        var inside = Directory.CreateDirectory(Path.Combine(User.Home, "inside")).FullName;
        File.CreateSymbolicLink(Path.Combine(Recorder.Folder, "link"), inside);
        await Tool.RunAsync("cp", ["/usr/bin/ffmpeg", "/usr/bin/ffprobe", Recorder.Folder]);
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await InstallAsync(display.Name);
        Recorder.Configuration["Capture"]!["Options"]!["FfmpegPath"] = $"{Recorder.Folder}/link/../ffmpeg";
        Recorder.Configuration["Capture"]!["Options"]!["FfprobePath"] = "/usr/bin/ffprobe";

        var result = await Recorder.RunAsync("record", "--duration", "1s");

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, $"{User.Home} is owned by user {User.Id}");
    }

    [Theory]
    [InlineData("LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/libm.so.6")]
    [InlineData("LD_LIBRARY_PATH", "/home/eve")]
    [InlineData("DOTNET_STARTUP_HOOKS", "/home/eve/hook.dll")]
    [InlineData("DOTNET_ADDITIONAL_DEPS", "/home/eve")]
    public async Task A_variable_that_loads_code_is_refused_by_its_name(string name, string value)
    {
        var result = await Recorder.ShellAsync($"{name}={value} \"$PROGRAM\" status --config \"$CONFIG\"");

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, name, $"env -u {name}");
    }

    [Fact]
    public async Task Doctor_tells_what_is_refused_instead_of_failing_over_it()
    {
        await InstallAsync(":0");
        await User.OwnAsync(Path.Combine(Recorder.Folder, "plugins"));

        var result = await Recorder.RunAsync("doctor");

        Expect.ExitCode(2, result);
        Assert.Contains($"{Recorder.Folder}/plugins is owned by user {User.Id}", result.Output, StringComparison.Ordinal);
        Assert.Contains("chown root:root", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_records_his_own_screen_with_folders_and_an_ffmpeg_of_his_own()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        var ffmpeg = Path.Combine(User.Home, "ffmpeg");
        File.CreateSymbolicLink(ffmpeg, "/usr/bin/ffmpeg");
        var configuration = Path.Combine(User.Home, "recorder.json");
        await File.WriteAllTextAsync(configuration, new JsonObject
        {
            ["Platform"] = new JsonObject { ["Plugin"] = "local" },
            ["Capture"] = new JsonObject
            {
                ["Options"] = new JsonObject { ["FfmpegPath"] = ffmpeg, ["FfprobePath"] = "/usr/bin/ffprobe" },
            },
            ["Storage"] = new JsonObject
            {
                ["archive"] = new JsonObject
                {
                    ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = Path.Combine(User.Home, "archive") },
                },
            },
        }.ToJsonString());
        await User.OwnAsync(configuration);
        var program = await User.InstallAsync(Recorder.Program);

        Task<ToolResult> RunAsync(params string[] arguments) => User.TryAsync(
            program, [.. arguments, "--config", configuration], ("DISPLAY", display.Name), ("DOTNET_NOLOGO", "1"));

        Expect.ExitCode(0, await RunAsync("start", "--session", "own"));
        Expect.ExitCode(0, await RunAsync("status"));
        Expect.ExitCode(0, await RunAsync("stop", "--session", "own"));
        var output = Path.Combine(User.Home, "output");
        Expect.ExitCode(0, await RunAsync("record", "--duration", "2s", "--output", output));

        var session = Assert.Single(RecordedSession.FindAll(Path.Combine(User.Home, "archive")));
        Assert.Equal(User.Name, session.Manifest.User);
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        Assert.Empty(await SessionAudit.FindProblemsAsync(Assert.Single(RecordedSession.FindAll(output))));
        Assert.True(Directory.Exists(Path.Combine(User.Home, ".local", "state", "session-recorder", "sessions")));
    }

    /// <summary>Gives the recorder plugins, ffmpeg and a data directory in the test's own folder.</summary>
    private async Task InstallAsync(string display)
    {
        var folder = Recorder.Folder;
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        Directory.CreateDirectory(Path.Combine(folder, "state"));
        await Tool.RunAsync("cp", ["-r", Path.Combine(Path.GetDirectoryName(Recorder.Program)!, "plugins"), folder]);
        await Tool.RunAsync("cp", ["/usr/bin/ffmpeg", "/usr/bin/ffprobe", Path.Combine(folder, "bin")]);
        Recorder.Configuration["PluginDirectory"] = Path.Combine(folder, "plugins");
        Recorder.Configuration["DataDirectory"] = Path.Combine(folder, "state", "data");
        Recorder.Configuration["Platform"]!["Options"]!["Display"] = display;
        Recorder.Configuration["Capture"]!["Options"]!["FfmpegPath"] = Path.Combine(folder, "bin", "ffmpeg");
    }
}
