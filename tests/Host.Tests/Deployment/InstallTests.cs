using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Tests.Configuration;

namespace SessionRecorder.Tests.Deployment;

/// <summary>Installing and upgrading, in a folder that stands for a machine. Windows' machines too: their files are made here.</summary>
[SupportedOSPlatform("linux")]
public sealed class InstallTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(nameof(InstallTarget.AppStream), false)]
    [InlineData(nameof(InstallTarget.WorkSpaces), false)]
    [InlineData(nameof(InstallTarget.Ec2), false)]
    [InlineData(nameof(InstallTarget.AppStream), true)]
    [InlineData(nameof(InstallTarget.WorkSpaces), true)]
    [InlineData(nameof(InstallTarget.Ec2), true)]
    public async Task A_dry_run_changes_nothing_and_says_exactly_what_is_then_done_and_a_second_install_has_nothing_to_do(
        string name, bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        var request = machine.Request(Enum.Parse<InstallTarget>(name));

        var said = (await machine.PlanAsync(request)).Steps.Select(step => step.Description).ToArray();
        Assert.Empty(machine.Look());
        var done = await FakeMachine.DoAsync(await machine.PlanAsync(request));
        var installed = machine.Look();

        Assert.NotEmpty(said);
        Assert.Distinct(said);
        Assert.Equal(said, done);
        Assert.Empty((await machine.PlanAsync(request)).Steps);
        Assert.Equal(installed, machine.Look());
    }

    [Fact]
    public async Task Everything_lies_where_the_documentation_says_with_the_rights_it_says()
    {
        await _machine.InstallAsync();

        var found = _machine.Look();
        var version = _machine.Installed.Current!;
        Assert.StartsWith("0.1.0-", version, StringComparison.Ordinal);
        Assert.Equal($"-> versions/{version}/session-recorder", found["opt/session-recorder/session-recorder"]);
        AssertMode("opt/session-recorder", 0b111_101_101);
        AssertMode($"opt/session-recorder/versions/{version}", 0b111_101_101);
        AssertMode($"opt/session-recorder/versions/{version}/session-recorder", 0b111_101_101);
        AssertMode($"opt/session-recorder/versions/{version}/content.dll", 0b110_100_100);
        AssertMode("var/lib/session-recorder", 0b111_000_000);
        AssertMode("etc/session-recorder", 0b111_101_101);
        AssertMode("etc/session-recorder/recorder.json", 0b110_000_000);
        AssertMode("opt/appstream/SessionScripts/config.json", 0b110_100_100);

        void AssertMode(string path, int mode) =>
            Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(Path.Combine(_machine["root"], path)));
    }

    [Fact]
    public async Task The_hooks_call_the_program_by_a_path_that_stays()
    {
        await _machine.InstallAsync();
        var scripts = await File.ReadAllTextAsync(_machine.At(_machine.Layout.SessionScriptsFile), TestContext.Current.CancellationToken);
        _machine.Unpack("two");
        await _machine.InstallAsync();

        Assert.Contains("\"/opt/session-recorder/session-recorder\"", scripts, StringComparison.Ordinal);
        Assert.Equal(scripts, await File.ReadAllTextAsync(_machine.At(_machine.Layout.SessionScriptsFile), TestContext.Current.CancellationToken));
        Assert.Equal("two", await File.ReadAllTextAsync(Path.Combine(_machine.Installed.CurrentFolder!, "content.dll"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_upgrade_leaves_a_running_recording_its_files_and_a_later_install_removes_them()
    {
        await _machine.InstallAsync();
        var old = _machine.Installed.CurrentFolder!;
        var recording = _machine.Record();
        _machine.Unpack("two");
        await _machine.InstallAsync();

        Assert.NotEqual(old, _machine.Installed.CurrentFolder);
        Assert.False(recording.HasExited);
        Assert.Equal("one", await File.ReadAllTextAsync(Path.Combine(old, "content.dll"), TestContext.Current.CancellationToken));

        recording.Kill();
        await recording.WaitForExitAsync(TestContext.Current.CancellationToken);
        var told = await FakeMachine.DoAsync(await _machine.PlanAsync());
        Assert.Equal([$"delete {old}, an earlier version"], told);
        Assert.False(Directory.Exists(old));
    }

    [Fact]
    public async Task A_running_recording_keeps_its_files_where_the_way_to_them_leads_through_a_link_too()
    {
        await _machine.InstallAsync();
        var old = _machine.Installed.CurrentFolder!;
        _machine.Record();
        _machine.Unpack("two");
        File.CreateSymbolicLink(_machine["link"], _machine["root"]);
        var request = _machine.Request() with { Layout = MachineLayout.Of(isWindows: false, _machine["link"]) };

        var plan = await _machine.PlanAsync(request);
        await FakeMachine.DoAsync(plan);

        Assert.True(File.Exists(Path.Combine(old, "content.dll")));
        Assert.Contains(plan.Notes, note => note.Contains("something still runs from", StringComparison.Ordinal));
        Assert.True((await _machine.PlanRemovalAsync(request: request)).IsPartial);
    }

    [Fact]
    public async Task A_damaged_version_is_replaced()
    {
        await _machine.InstallAsync();
        var file = Path.Combine(_machine.Installed.CurrentFolder!, "content.dll");
        await File.WriteAllTextAsync(file, "bad", TestContext.Current.CancellationToken);

        await _machine.InstallAsync();

        Assert.Equal("one", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_damaged_version_that_a_recording_runs_from_is_refused()
    {
        await _machine.InstallAsync();
        await File.WriteAllTextAsync(Path.Combine(_machine.Installed.CurrentFolder!, "content.dll"), "bad", TestContext.Current.CancellationToken);
        _machine.Record();

        var e = await Assert.ThrowsAsync<InstallException>(() => _machine.PlanAsync());

        Assert.Contains("is damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_install_that_broke_off_anywhere_is_finished_by_another_run()
    {
        var count = (await _machine.PlanAsync()).Steps.Count;
        await _machine.InstallAsync();
        var whole = _machine.Look();
        for (var steps = 0; steps < count; steps++)
        {
            Directory.Delete(_machine["root"], recursive: true);
            var broken = new InstallPlan();
            foreach (var step in (await _machine.PlanAsync()).Steps.Take(steps))
            {
                broken.Add(step);
            }

            broken.Add("stumble", () => throw new IOException("no space left"));
            var e = await Assert.ThrowsAsync<InstallException>(() => FakeMachine.DoAsync(broken));
            Assert.Contains("could not stumble: no space left", e.Message, StringComparison.Ordinal);

            await _machine.InstallAsync();
            Assert.Equal(whole, _machine.Look());
        }
    }

    [Fact]
    public async Task What_a_copy_that_broke_off_left_does_not_get_into_the_program()
    {
        await _machine.InstallAsync();
        var name = _machine.Installed.Current!;
        Directory.Move(_machine.Installed.CurrentFolder!, _machine.At($"/opt/session-recorder/versions/.new-{name}"));
        await File.WriteAllTextAsync(_machine.At($"/opt/session-recorder/versions/.new-{name}/half"), "", TestContext.Current.CancellationToken);

        await _machine.InstallAsync();

        Assert.Equal([name], _machine.Installed.Folders.Select(Path.GetFileName));
        Assert.False(File.Exists(Path.Combine(_machine.Installed.CurrentFolder!, "half")));
    }

    [Fact]
    public async Task Ffmpeg_is_copied_with_ffprobe_and_kept_by_an_upgrade_that_names_none()
    {
        Directory.CreateDirectory(_machine["tools"]);
        foreach (var name in (string[])["ffmpeg", "ffprobe", "readme"])
        {
            await File.WriteAllTextAsync(Path.Combine(_machine["tools"], name), name, TestContext.Current.CancellationToken);
        }

        await _machine.InstallAsync(_machine.Request() with { Ffmpeg = Path.Combine(_machine["tools"], "ffmpeg") });
        _machine.Unpack("two");
        await _machine.InstallAsync();

        Assert.Equal("two", await File.ReadAllTextAsync(Path.Combine(_machine.Installed.CurrentFolder!, "content.dll"), TestContext.Current.CancellationToken));
        Assert.Equal(["ffmpeg", "ffprobe"], Directory.EnumerateFiles(Path.Combine(_machine.Installed.CurrentFolder!, "ffmpeg")).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("tools/ffmpeg", "no such file")]
    [InlineData("alone/ffmpeg", "ffprobe")]
    [InlineData("alone/other", "not called ffmpeg")]
    public async Task An_ffmpeg_that_cannot_be_used_is_refused_before_anything_is_changed(string path, string problem)
    {
        Directory.CreateDirectory(_machine["alone"]);
        await File.WriteAllTextAsync(_machine["alone/ffmpeg"], "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_machine["alone/other"], "", TestContext.Current.CancellationToken);

        var e = await Assert.ThrowsAsync<InstallException>(() => _machine.PlanAsync(_machine.Request() with { Ffmpeg = _machine[path] }));

        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(InstallTarget.AppStream), false)]
    [InlineData(nameof(InstallTarget.AppStream), true)]
    [InlineData(nameof(InstallTarget.WorkSpaces), false)]
    [InlineData(nameof(InstallTarget.Ec2), true)]
    public async Task The_template_is_a_valid_configuration_for_its_platform(string target, bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        await machine.InstallAsync(machine.Request(Enum.Parse<InstallTarget>(target)));
        using var file = new ConfigurationFile();

        var text = await File.ReadAllTextAsync(machine.At(machine.Layout.ConfigurationFile), TestContext.Current.CancellationToken);
        var options = file.Load(text).Options;

        Assert.Equal((target.ToLowerInvariant(), "auto"), (options.Platform.Plugin, options.Elevation.Plugin));
        Assert.Null(options.Service.Watch);
        Assert.Equal(TimeSpan.FromMinutes(5), options.Heartbeat.Interval);

        // Uncommented, the example is right too.
        var completed = text.Replace("// \"", "\"", StringComparison.Ordinal).Replace("//   \"", "\"", StringComparison.Ordinal)
            .Replace("//     \"", "\"", StringComparison.Ordinal).Replace("//   }", "}", StringComparison.Ordinal)
            .Replace("// }", "}", StringComparison.Ordinal);
        Assert.Equal("s3", file.Load(completed).Options.Storage["archive"].Plugin);
    }

    [Fact]
    public async Task A_configuration_that_is_there_is_never_touched()
    {
        await _machine.InstallAsync();
        var file = _machine.At(_machine.Layout.ConfigurationFile);
        await File.WriteAllTextAsync(file, "{ \"KeyPrefix\": \"mine\" }", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_machine["new.json"], "{ \"KeyPrefix\": \"new\" }", TestContext.Current.CancellationToken);

        var plan = await _machine.PlanAsync(_machine.Request() with { Configuration = _machine["new.json"] });

        Assert.Empty(plan.Steps);
        Assert.Contains("was not used", Assert.Single(plan.Notes, note => note.Contains(file, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_configuration_is_refused_before_anything_is_changed()
    {
        await File.WriteAllTextAsync(_machine["new.json"], "{ \"Captur\": {} , \"KeyPrefix\": \"/\" }", TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<ConfigurationException>(() => _machine.PlanAsync(_machine.Request() with { Configuration = _machine["new.json"] }));

        Assert.Empty(_machine.Look());
    }

    [Fact]
    public async Task A_configuration_that_uses_the_service_gets_it_on_AppStream_too()
    {
        await File.WriteAllTextAsync(_machine["new.json"], "{ \"elevation\": { \"plugin\": \"service\" } }", TestContext.Current.CancellationToken);

        await _machine.InstallAsync(_machine.Request() with { Configuration = _machine["new.json"] });

        Assert.Contains("etc/systemd/system/session-recorder.service", _machine.Look().Keys);
        Assert.Equal("-> /etc/systemd/system/session-recorder.service", _machine.Look()["etc/systemd/system/multi-user.target.wants/session-recorder.service"]);
    }

    [Fact]
    public async Task A_configuration_that_forbids_the_service_to_watch_is_told_of_where_only_the_service_records()
    {
        await File.WriteAllTextAsync(_machine["new.json"], "{ \"Service\": { \"Watch\": false } }", TestContext.Current.CancellationToken);

        var plan = await _machine.PlanAsync(_machine.Request(InstallTarget.Ec2) with { Configuration = _machine["new.json"] });

        Assert.Contains(plan.Notes, note => note.Contains("Service:Watch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(nameof(InstallTarget.AppStream), "service")]
    [InlineData(nameof(InstallTarget.WorkSpaces), "service --watch")]
    [InlineData(nameof(InstallTarget.Ec2), "service --watch")]
    public async Task A_configuration_that_says_no_more_than_where_recordings_go_is_recorded_with(string target, string command)
    {
        await File.WriteAllTextAsync(
            _machine["new.json"],
            """{ "Elevation": { "Plugin": "service" }, "Storage": { "archive": { "Plugin": "local", "Options": { "Path": "/srv/recordings" } } } }""",
            TestContext.Current.CancellationToken);

        await _machine.InstallAsync(_machine.Request(Enum.Parse<InstallTarget>(target)) with { Configuration = _machine["new.json"] });

        var unit = await File.ReadAllLinesAsync(_machine.At("/etc/systemd/system/session-recorder.service"), TestContext.Current.CancellationToken);
        Assert.Contains($"ExecStart=/opt/session-recorder/session-recorder {command}", unit);
        Assert.Contains("Type=notify", unit);
    }

    [Theory]
    [InlineData(nameof(InstallTarget.AppStream), false, "service")]
    [InlineData(nameof(InstallTarget.Ec2), false, "service")]
    [InlineData(nameof(InstallTarget.Ec2), true, "service --watch")]
    public async Task On_Windows_the_service_is_registered_unless_another_launcher_was_chosen(string target, bool watches, string command)
    {
        using var machine = new FakeMachine(isWindows: true, isLive: true);
        Directory.CreateDirectory(machine.At(@"C:\AppStream\SessionScripts"));
        await File.WriteAllTextAsync(machine["new.json"], """{ "KeyPrefix": "a" }""", TestContext.Current.CancellationToken);
        var request = machine.Request(Enum.Parse<InstallTarget>(target)) with { Configuration = machine["new.json"], Service = watches };

        var plan = await machine.PlanAsync(request);

        Assert.Contains(plan.Steps, step => step.Description.EndsWith($"session-recorder.exe\" {command}", StringComparison.Ordinal));
        await File.WriteAllTextAsync(machine["new.json"], """{ "Elevation": { "Plugin": "psexec" } }""", TestContext.Current.CancellationToken);
        Assert.DoesNotContain((await machine.PlanAsync(request with { Service = false })).Steps, step => step.Description.Contains("register the service", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("{ \"Elevation\": { \"Plugin\": \"direct\" } }", true)]
    [InlineData("{ \"Elevation\": { \"Plugin\": \"service\" } }", false)]
    [InlineData("{ \"Elevation\": { \"Plugin\": \"psexec\" } }", false)]
    public async Task On_Windows_a_configuration_whose_agent_would_not_see_the_users_session_is_told_of(string json, bool isTold)
    {
        using var machine = new FakeMachine(isWindows: true);
        await File.WriteAllTextAsync(machine["new.json"], json, TestContext.Current.CancellationToken);

        var plan = await machine.PlanAsync(machine.Request() with { Configuration = machine["new.json"] });

        Assert.Equal(isTold, plan.Notes.Any(note => note.Contains("Elevation:Plugin", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pool_has_session_scripts_and_a_change_of_mind_takes_the_other_hooks_away()
    {
        using var machine = new FakeMachine(isWindows: true);
        await machine.InstallAsync(machine.Request(InstallTarget.WorkSpaces));
        Assert.True(File.Exists(machine.At(machine.Layout.Tasks + @"\Start.xml")));

        await machine.InstallAsync(machine.Request(InstallTarget.WorkSpaces) with { Pools = true });

        Assert.False(File.Exists(machine.At(machine.Layout.Tasks + @"\Start.xml")));
        Assert.True(File.Exists(machine.At(@"C:\AWSEUC\SessionScripts\config.json")));
        Assert.False(File.Exists(machine.At(machine.Layout.SessionScriptsFile)));
    }

    [Fact]
    public async Task A_pools_scripts_and_role_are_where_and_what_WorkSpaces_documents_and_uninstall_removes_them()
    {
        using var machine = new FakeMachine(isWindows: true);
        var request = machine.Request(InstallTarget.WorkSpaces) with { Pools = true };

        var done = await FakeMachine.DoAsync(await machine.PlanAsync(request));

        Assert.Contains(done, line => line == $"make {machine.At(@"C:\AWSEUC")}");
        Assert.Contains("workspaces_machine_role", await File.ReadAllTextAsync(machine.At(machine.Layout.ConfigurationFile), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Empty((await machine.PlanAsync(request)).Steps);
        await FakeMachine.DoAsync(await machine.PlanRemovalAsync());
        Assert.False(File.Exists(machine.At(@"C:\AWSEUC\SessionScripts\config.json")));
    }

    [Fact]
    public async Task A_pool_on_Linux_is_refused_for_there_is_none()
    {
        var e = await Assert.ThrowsAsync<InstallException>(() => _machine.PlanAsync(_machine.Request(InstallTarget.WorkSpaces) with { Pools = true }));

        Assert.Contains("Windows alone", e.Message, StringComparison.Ordinal);
        Assert.Empty(_machine.Look());
    }

    [Fact]
    public async Task The_batch_file_ends_with_the_version_and_is_as_long_as_any_other_so_that_it_may_be_replaced_while_it_runs()
    {
        using var machine = new FakeMachine(isWindows: true);
        await machine.InstallAsync();

        var text = await File.ReadAllTextAsync(machine.At(machine.Layout.Pointer), TestContext.Current.CancellationToken);

        Assert.EndsWith($"\r\n@\"%~dp0versions\\{machine.Installed.Current}\\session-recorder.exe\" %*\r\n", text, StringComparison.Ordinal);
        Assert.StartsWith("@rem ", text, StringComparison.Ordinal);
        Assert.Equal(512, text.Length);
        Assert.True(Directory.Exists(machine.Installed.CurrentFolder));
    }

    [Fact]
    public async Task A_broken_config_json_stops_the_install_before_anything_is_changed()
    {
        await WriteScriptsAsync("{ broken");
        var before = _machine.Look();

        await Assert.ThrowsAsync<InstallException>(() => _machine.PlanAsync());

        Assert.Equal(before, _machine.Look());
    }

    [Fact]
    public async Task What_stood_in_config_json_before_is_kept_beside_it_and_its_mode_stays()
    {
        const string Text = "// theirs\n{}";
        await WriteScriptsAsync(Text);
        var file = _machine.At(_machine.Layout.SessionScriptsFile);
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        File.SetUnixFileMode(file, Mode);

        await _machine.InstallAsync();

        Assert.Equal(Text, await File.ReadAllTextAsync(file + ".before-session-recorder", TestContext.Current.CancellationToken));
        Assert.Equal(Mode, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_link_to_config_json_stays_a_link_and_its_target_is_written()
    {
        await WriteScriptsAsync("{}");
        var file = _machine.At(_machine.Layout.SessionScriptsFile);
        File.Move(file, _machine["real.json"]);
        File.CreateSymbolicLink(file, _machine["real.json"]);

        await _machine.InstallAsync();

        Assert.Equal(_machine["real.json"], new FileInfo(file).LinkTarget);
        Assert.NotNull(JsonNode.Parse(await File.ReadAllTextAsync(_machine["real.json"], TestContext.Current.CancellationToken))!["SessionStart"]);
    }

    [Fact]
    public async Task A_source_that_is_no_program_is_refused()
    {
        var empty = Directory.CreateDirectory(_machine["empty"]).FullName;

        var e = await Assert.ThrowsAsync<InstallException>(() => _machine.PlanAsync(_machine.Request() with { Source = empty }));

        Assert.Contains("no unpacked Session Recorder", e.Message, StringComparison.Ordinal);
    }

    private async Task WriteScriptsAsync(string text)
    {
        Directory.CreateDirectory(_machine.At(_machine.Layout.SessionScripts));
        await File.WriteAllTextAsync(_machine.At(_machine.Layout.SessionScriptsFile), text, TestContext.Current.CancellationToken);
    }
}
