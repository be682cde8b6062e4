using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>What `doctor` of the installed program says of the hooks: in place after `install`, and damaged after damage.</summary>
/// <remarks>Not of scheduled tasks: schtasks does nothing under Wine and says that all is well.</remarks>
public sealed class HooksTests
{
    private const string Service = "SessionRecorder";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_service_that_does_not_run_or_is_gone_and_a_script_that_is_gone_are_found_and_cured_by_install()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine, configure: configuration =>
        {
            // An endpoint where nothing listens, so that nobody is waited for.
            configuration["Platform"] = new JsonObject
            {
                ["Plugin"] = "ec2", ["Options"] = new JsonObject { ["MetadataEndpoint"] = "http://127.0.0.1:9" },
            };
            configuration["Elevation"] = new JsonObject { ["Plugin"] = "service" };

            // Else it would record, and what is recorded is no matter of this.
            configuration["Service"] = new JsonObject { ["Watch"] = false };
        });
        await machine.RunAsync("sc", "delete", Service);
        try
        {
            await InstallAsync(recorder, "ec2", "--service");
            var whole = await DoctorAsync(machine);
            Assert.DoesNotContain("problem", Levels(whole, "hooks"));
            Assert.Contains("ok", Levels(whole, "hooks"));
            Assert.Equal(["ok"], Levels(whole, "service"));
            Assert.Equal(["ok"], Levels(whole, "time at a session's end"));

            Expect.ExitCode(0, await machine.RunAsync("sc", "stop", Service));
            await Recorder.WaitUntilAsync(() => recorder.HostIds.Count == 0, _patience, "the service ends");
            var stopped = await DoctorAsync(machine);
            Assert.Contains(Messages(stopped, "hooks"), text => text.Contains("start the service", StringComparison.Ordinal));
            Assert.Contains("does not run", Assert.Single(Messages(stopped, "service")), StringComparison.Ordinal);

            Expect.ExitCode(0, await machine.RunAsync("sc", "delete", Service));
            var deleted = await DoctorAsync(machine);
            Assert.Contains("is not registered", Assert.Single(Messages(deleted, "service")), StringComparison.Ordinal);
            Assert.Contains("problem", Levels(deleted, "hooks"));

            await InstallAsync(recorder, "ec2", "--service");
            Assert.DoesNotContain("problem", Levels(await DoctorAsync(machine), "hooks"));

            File.Delete(Pointer);
            var headless = await DoctorAsync(machine);
            Assert.Contains(Messages(headless, "hooks"), text => text.Contains("session-recorder.bat", StringComparison.Ordinal) && text.Contains("is not there", StringComparison.Ordinal));
        }
        finally
        {
            await machine.RunAsync("sc", "stop", Service);
            await machine.RunAsync("sc", "delete", Service);
            await recorder.RunAsync("uninstall", "ec2", "--purge");
        }
    }

    [Fact]
    public async Task Session_scripts_that_somebody_changed_or_removed_are_found_and_cured_by_install()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine, configure: configuration =>
            configuration["Platform"] = new JsonObject { ["Plugin"] = "appstream" });
        var appStream = Directory.CreateDirectory(Path.Combine(Drive, "AppStream"));
        var scripts = Path.Combine(appStream.FullName, "SessionScripts", "config.json");
        try
        {
            await InstallAsync(recorder, "appstream");
            var whole = await DoctorAsync(machine);
            Assert.Equal(["ok", "ok"], [.. Levels(whole, "hooks"), .. Levels(whole, "time at a session's end")]);

            var text = await File.ReadAllTextAsync(scripts, TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(scripts, text.Replace("60", "20", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            var hurried = await DoctorAsync(machine);
            Assert.Equal(["problem", "problem"], [.. Levels(hurried, "hooks"), .. Levels(hurried, "time at a session's end")]);

            var root = JsonNode.Parse(text)!.AsObject();
            root.Remove("SessionStart");
            await File.WriteAllTextAsync(scripts, root.ToJsonString(), TestContext.Current.CancellationToken);
            Assert.Equal(["problem"], Levels(await DoctorAsync(machine), "hooks"));

            await InstallAsync(recorder, "appstream");
            Assert.Equal(["ok"], Levels(await DoctorAsync(machine), "hooks"));

            File.Delete(scripts);
            Assert.Contains("problem", Levels(await DoctorAsync(machine), "hooks"));
        }
        finally
        {
            await recorder.RunAsync("uninstall", "appstream", "--purge");
            appStream.Delete(recursive: true);
        }
    }

    private static string Drive => Path.Combine(WineFolder.Prefix, "drive_c");

    private static string Program => Path.Combine(Drive, "Program Files", "SessionRecorder");

    private static string Pointer => Path.Combine(Program, "session-recorder.bat");

    private static async Task InstallAsync(WineRecorder recorder, params string[] arguments) =>
        Expect.ExitCode(0, await recorder.RunAsync(["install", .. arguments]));

    /// <summary>The installed program with the installed configuration, as an administrator has it.</summary>
    private static async Task<JsonArray> DoctorAsync(WineMachine machine)
    {
        var program = Assert.Single(Directory.GetFiles(Path.Combine(Program, "versions"), "session-recorder.exe", SearchOption.AllDirectories));
        var result = await machine.RunAsync(WineFolder.ToWindows(program), "doctor", "--json");
        TestContext.Current.TestOutputHelper?.WriteLine(result.ToString());
        return JsonNode.Parse(result.Output)!["findings"]!.AsArray();
    }

    private static string[] Levels(JsonArray findings, string subject) => Select(findings, subject, "level");

    private static string[] Messages(JsonArray findings, string subject) => Select(findings, subject, "message");

    private static string[] Select(JsonArray findings, string subject, string field) =>
        [.. findings.Where(finding => (string)finding!["subject"]! == subject).Select(finding => (string)finding![field]!)];
}
