using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>From the archive to a recording: installed into a folder that stands for a machine, by the shell installer, as root.</summary>
public sealed class InstallTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private VirtualDisplay? _display;
    private UnprivilegedUser? _user;

    private string Root => _folder["root"];

    private string Installed => Path.Combine(Root, "opt", "session-recorder", "session-recorder");

    private string Configuration => Path.Combine(Root, "etc", "session-recorder", "recorder.json");

    private string Data => Path.Combine(Root, "var", "lib", "session-recorder");

    private string Storage => _folder["storage"];

    private VirtualDisplay Display => _display ?? throw new InvalidOperationException("there is no display yet");

    private UnprivilegedUser User => _user ?? throw new InvalidOperationException("there is no user yet");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        _user = await UnprivilegedUser.CreateAsync();
        _display = await VirtualDisplay.StartXvfbAsync();
        await Tool.RunAsync("chmod", ["0755", _folder.FullName]);
        Directory.CreateDirectory(Storage);
        await File.WriteAllTextAsync(_folder["recorder.json"], new JsonObject
        {
            ["DataDirectory"] = Data,
            ["Platform"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { [nameof(Display)] = Display.Name } },
            ["Capture"] = new JsonObject { ["SegmentDuration"] = "5s" },
            [nameof(Storage)] = new JsonObject
            {
                ["archive"] = new JsonObject { ["Plugin"] = "local", ["Options"] = new JsonObject { ["Path"] = Storage } },
            },
        }.ToJsonString());
        await PackAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Installed))
        {
            await RunAsync("stop", "--all");
        }

        await (_display?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_user?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    [Fact]
    public async Task The_archive_becomes_a_program_that_records_and_a_user_can_change_nothing_of_it()
    {
        var said = await InstallAsync("/usr/bin/ffmpeg", "--dry-run");
        Assert.False(Directory.Exists(Root));
        var done = await InstallAsync("/usr/bin/ffmpeg");
        Assert.Equal(said, done);
        Assert.Equal(["everything is installed already"], await InstallAsync("/usr/bin/ffmpeg"));

        Expect.ExitCode(0, await RunAsync("doctor"));
        Expect.ExitCode(0, await RunAsync("record", "--duration", "2s"));
        var session = Assert.Single(RecordedSession.FindAll(Storage));
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));

        var program = (await Tool.RunAsync("realpath", [Installed])).Trim();
        Expect.ExitCode(0, await User.TryAsync(Installed, ["--version"]));
        Assert.Equal("", (await User.TryAsync("find", [Root, "-writable", "!", "-type", "l"])).Output);
        foreach (var (tool, path) in ((string, string)[])
            [("cat", Configuration), ("ls", Data), ("touch", program), ("touch", Path.Combine(Path.GetDirectoryName(program)!, "plugins", "new"))])
        {
            Assert.NotEqual(0, (await User.TryAsync(tool, [path])).ExitCode);
        }

        // The tools that came with it are those that recorded.
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(program)!, "ffmpeg", "ffprobe")));
    }

    [Fact]
    public async Task An_upgrade_in_the_middle_of_a_recording_does_not_disturb_it_and_the_new_program_stops_it()
    {
        await InstallAsync();
        Expect.ExitCode(0, await RunAsync("start", "--session", "upgraded"));
        var before = (await Tool.RunAsync("realpath", [Installed])).Trim();
        await PackAsync("changed");
        await InstallAsync();
        var after = (await Tool.RunAsync("realpath", [Installed])).Trim();

        Assert.NotEqual(before, after);
        Assert.True(File.Exists(before));
        Expect.ExitCode(0, await RunAsync("status"));
        var early = await UninstallAsync();
        Expect.ExitCode(1, early);
        Assert.Contains("still runs", early.Error, StringComparison.Ordinal);
        await InstallAsync();
        Expect.ExitCode(0, await RunAsync("stop", "--session", "upgraded"));

        var session = Assert.Single(RecordedSession.FindAll(Storage));
        Assert.Equal("complete", session.Manifest.State);
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        Expect.ExitCode(0, await UninstallAsync("--purge"));
        Assert.False(Directory.Exists(Path.GetDirectoryName(Installed)));
        Assert.False(File.Exists(Configuration));
        Assert.Single(RecordedSession.FindAll(Storage));
    }

    [Theory]
    [InlineData("install")]
    [InlineData("uninstall")]
    public async Task A_user_without_rights_is_told_to_use_sudo(string command)
    {
        var program = await User.InstallAsync(Recorder.Program);

        var result = await User.TryAsync(program, [command, "appstream", "--root", Path.Combine(User.Home, "root")]);

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, command, "root", "sudo");
        Assert.False(Directory.Exists(Path.Combine(User.Home, "root")));
    }

    [Fact]
    public async Task On_a_machine_without_session_scripts_nothing_is_changed()
    {
        Assert.SkipWhen(Directory.Exists("/opt/appstream"), "this is an AppStream image");

        var result = await Tool.TryAsync(Recorder.Program, ["install", "appstream"]);

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, "/opt/appstream", "image builder");
        Assert.False(Directory.Exists("/opt/session-recorder"));
    }

    /// <summary>Makes the archive as scripts/publish does.</summary>
    private async Task PackAsync(string? change = null)
    {
        var program = _folder["session-recorder"];
        if (!Directory.Exists(program))
        {
            await Tool.RunAsync("cp", ["-r", Path.GetDirectoryName(Recorder.Program)!, program]);
        }

        if (change is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(program, "change"), change);
        }

        await Tool.RunAsync("tar", ["-C", _folder.FullName, "-czf", _folder["archive.tar.gz"], "session-recorder"]);
    }

    /// <summary>Runs the installer for image builders.</summary>
    /// <returns>What it said, without the name of the folder that it unpacked to.</returns>
    private async Task<IReadOnlyList<string>> InstallAsync(params string[] options)
    {
        var result = await Tool.TryAsync(
            "/bin/sh", [Installer(), "appstream", _folder["archive.tar.gz"], _folder["recorder.json"], .. options, "--root", Root]);
        Expect.ExitCode(0, result);
        return
        [
            .. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => System.Text.RegularExpressions.Regex.Replace(line, @"/var/tmp/session-recorder\.\w+", "UNPACKED")),
        ];
    }

    private Task<ToolResult> UninstallAsync(params string[] options) =>
        Tool.TryAsync(Installed, ["uninstall", "appstream", "--root", Root, .. options]);

    private Task<ToolResult> RunAsync(params string[] arguments) => Tool.TryAsync(Installed, [.. arguments, "--config", Configuration]);

    private static string Installer()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Framework.sln")))
            {
                return Path.Combine(folder.FullName, "deploy", "install.sh");
            }
        }

        throw new FileNotFoundException("the tests run outside of the working tree");
    }
}
