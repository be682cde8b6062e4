using System.Text.Json;

namespace SessionRecorder.Tests;

/// <summary>What needs no long recording: help, plugins, doctor, and the command of the README.</summary>
public sealed class CommandTests
{
    [Fact]
    public async Task A_recording_needs_no_configuration_but_an_output_folder()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await display.ShowTimeAsync();
        await using var recorder = new Recorder(display.Name);
        using var folder = new TemporaryFolder();

        await using var recording = recorder.LaunchUnconfigured("record", "--duration", "3s", "--output", folder.FullName);
        Expect.ExitCode(0, await recording.WaitForExitAsync(TimeSpan.FromSeconds(30)));

        var session = Assert.Single(RecordedSession.FindAll(folder.FullName));
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        Assert.InRange(session.Manifest.Segments.Sum(segment => segment.Duration), 2.5, 3.6);
        await using var verify = recorder.LaunchUnconfigured("verify", session.Id, "--storage", folder.FullName);
        Expect.ExitCode(0, await verify.WaitForExitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task The_published_plugins_are_loaded_and_listed()
    {
        await using var recorder = new Recorder(":0");

        var list = await recorder.RunAsync("plugins", "list");
        var json = await recorder.RunAsync("plugins", "list", "--json");

        Expect.ExitCode(0, list);
        Expect.ExitCode(0, json);
        using var plugins = JsonDocument.Parse(json.Output);
        Assert.All(["ffmpeg", "local"], name => Assert.Contains(name, list.Output, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Doctor_finds_nothing_wrong_where_recording_works_and_the_fault_where_not()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var recorder = new Recorder(display.Name);

        var well = await recorder.RunAsync("doctor");
        var json = await recorder.RunAsync("doctor", "--json");
        recorder.Configuration["Capture"]!["Options"]!["FfmpegPath"] = "/no/such/ffmpeg";
        var ill = await recorder.RunAsync("doctor");
        recorder.Configuration["Capture"]!["Options"]!["FfmpegPath"] = "/usr/bin/ffmpeg";
        recorder.Configuration["Capture"]!["MinimumFreeSpace"] = "900TB";
        var full = await recorder.RunAsync("doctor");

        Expect.ExitCode(0, well);
        Expect.ExitCode(0, json);
        JsonDocument.Parse(json.Output).Dispose();
        Expect.ExitCode(2, ill);
        Assert.Contains("/no/such/ffmpeg", ill.Output + ill.Error, StringComparison.Ordinal);

        // A fault of the machine, with a configuration that is right.
        Expect.ExitCode(1, full);
        Assert.Contains("less than the 900TB", full.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start")]
    [InlineData("record")]
    [InlineData("stop")]
    [InlineData("status")]
    [InlineData("recover")]
    [InlineData("list")]
    [InlineData("show")]
    [InlineData("verify")]
    [InlineData("plugins")]
    [InlineData("doctor")]
    public async Task Every_command_explains_itself(string command)
    {
        await using var recorder = new Recorder(":0");
        await using var help = recorder.LaunchUnconfigured(command, "--help");

        var result = await help.WaitForExitAsync(TimeSpan.FromSeconds(30));

        Expect.ExitCode(0, result);
        Assert.Contains(command, result.Output, StringComparison.Ordinal);
        Assert.Contains("--config", result.Output, StringComparison.Ordinal);
    }
}
