using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>What cannot work is said in one line, with the exit code that the command line promises.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("Capture:FrameRate", "\"five\"", "FrameRate", "five")]
    [InlineData("Capture:FrameRate", "0", "FrameRate", "0")]
    [InlineData("Capture:SegmentDuration", "\"0s\"", "SegmentDuration", "0s")]
    [InlineData("Capture:SegmentDuration", "\"ten seconds\"", "SegmentDuration", "ten seconds")]
    [InlineData("Capture:Colour", "\"green\"", "Colour")]
    [InlineData("Capture:Plugin", "\"no-such-plugin\"", "no-such-plugin")]
    [InlineData("Capture:Options:FfmpegPaht", "\"/usr/bin/ffmpeg\"", "FfmpegPaht")]
    [InlineData("KeyPrefix", "\"recordings/../other/\"", "KeyPrefix", "..")]
    [InlineData("Nonsense", "1", "Nonsense")]
    public async Task A_wrong_configuration_is_refused_by_the_name_of_its_key(string key, string json, params string[] words)
    {
        await using var recorder = new Recorder(":0");
        Set(recorder.Configuration, key, JsonNode.Parse(json));

        var result = await recorder.RunAsync("record", "--duration", "1s");

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, words);
        Assert.Empty(recorder.Sessions);
    }

    [Fact]
    public async Task All_errors_of_a_configuration_are_told_at_once()
    {
        await using var recorder = new Recorder(":0");
        Set(recorder.Configuration, "Capture:FrameRate", 1000);
        Set(recorder.Configuration, "Capture:SegmentDuration", "0s");
        Set(recorder.Configuration, "KeyPrefix", "../up/");
        Set(recorder.Configuration, "Nonsense", true);

        var result = await recorder.RunAsync("start");

        Expect.ExitCode(2, result);
        Assert.All(
            ["FrameRate", "SegmentDuration", "KeyPrefix", "Nonsense"],
            key => Assert.Contains(key, result.Error, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_wrong_environment_variable_is_refused_like_a_wrong_file()
    {
        await using var recorder = new Recorder(":0");

        var result = await recorder.ShellAsync(
            "SESSION_RECORDER__CAPTURE__SEGMENTDURATION=soon \"$PROGRAM\" record --duration 1s --config \"$CONFIG\"");

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, "SegmentDuration", "soon");
    }

    [Fact]
    public async Task A_configuration_file_that_is_not_there_is_refused()
    {
        await using var recorder = new Recorder(":0");

        var result = await recorder.ShellAsync("\"$PROGRAM\" record --duration 1s --config /no/such/recorder.json");

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, "/no/such/recorder.json");
    }

    [Fact]
    public async Task Storage_within_the_data_directory_is_refused_before_anything_is_recorded()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var recorder = new Recorder(display.Name);
        var spool = Path.Combine(recorder.Configuration["DataDirectory"]!.GetValue<string>(), "sessions");

        var record = await recorder.RunAsync("record", "--duration", "1s", "--output", Path.Combine(spool, "mine"));
        Set(recorder.Configuration, "Storage:archive:Options:Path", spool);
        var start = await recorder.RunAsync("start");

        foreach (var result in new[] { record, start })
        {
            Expect.ExitCode(2, result);
            Expect.OneLineError(result, "data directory");
        }

        Assert.Empty(recorder.HostIds);
        Assert.Equal(3, (await recorder.RunAsync("status")).ExitCode);
    }

    [Fact]
    public async Task A_storage_plugin_with_wrong_options_leaves_no_session_behind()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var recorder = new Recorder(display.Name);
        Set(recorder.Configuration, "Storage:archive:Options:Path", "relative");

        Expect.ExitCode(2, await recorder.RunAsync("start"));

        Set(recorder.Configuration, "Storage:archive:Options:Path", "/tmp");
        Expect.ExitCode(3, await recorder.RunAsync("status"));
    }

    [Theory]
    [InlineData("FfmpegPath", "/no/such/ffmpeg")]
    [InlineData("FfprobePath", "/no/such/ffprobe")]
    public async Task A_missing_ffmpeg_or_ffprobe_is_told_by_its_path(string option, string path)
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var recorder = new Recorder(display.Name);
        Set(recorder.Configuration, $"Capture:Options:{option}", path);

        foreach (var command in new[] { "record", "start" })
        {
            var result = await recorder.RunAsync([command, .. command == "record" ? new[] { "--duration", "1s" } : []]);

            Expect.ExitCode(2, result);
            Expect.OneLineError(result, path);
        }

        Assert.Empty(recorder.HostIds);
    }

    [Fact]
    public async Task A_missing_display_is_told_by_its_name()
    {
        await using var recorder = new Recorder(":47110");

        foreach (var command in new[] { "record", "start" })
        {
            var result = await recorder.RunAsync(
                [command, .. command == "record" ? new[] { "--duration", "1s" } : ["--timeout", "5s"]]);

            Expect.ExitCode(3, result);
            Expect.OneLineError(result, ":47110");
        }

        // The display may still come: the agent goes on trying, and the account says that there was none.
        Assert.Single(recorder.HostIds);
        Expect.ExitCode(0, await recorder.RunAsync("stop"));
        Assert.Empty(recorder.HostIds);
    }

    [Theory]
    [InlineData("record", "--duration", "0s")]
    [InlineData("record", "--duration", "soon")]
    [InlineData("record", "--no-such-option")]
    [InlineData("start", "--session", "../escape")]
    [InlineData("no-such-command")]
    public async Task A_wrong_command_line_ends_with_2(params string[] arguments)
    {
        await using var recorder = new Recorder(":0");

        var result = await recorder.RunAsync(arguments);

        Expect.ExitCode(2, result);
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stop", "--session", "nobody")]
    [InlineData("stop", "--all")]
    [InlineData("show", "nobody", "--storage", "archive")]
    [InlineData("verify", "nobody", "--storage", "archive")]
    public async Task Nothing_to_act_on_ends_with_3(params string[] arguments)
    {
        await using var recorder = new Recorder(":0");

        var result = await recorder.RunAsync(arguments);

        Expect.ExitCode(3, result);
        Expect.OneLineError(result);
    }

    private static void Set(JsonObject configuration, string key, JsonNode? value)
    {
        JsonNode node = configuration;
        var parts = key.Split(':');
        foreach (var part in parts[..^1])
        {
            node = node[part]!;
        }

        node[parts[^1]] = value;
    }
}
