using System.Text.Json;
using SessionRecorder.Host.Commands;
using SessionRecorder.Tests.Plugins;

namespace SessionRecorder.Tests.Commands;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly PluginFolder _folder = new();
    private readonly CommandRun _run = new();

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Everything_that_is_configured_is_examined_and_problems_come_with_a_remedy()
    {
        _folder.Install("Storage.Good");
        File.WriteAllText(Path.Combine(_folder.Install("Platform.Good", "platform.local"), "answer"), "yes");
        var config = Configure(Options("/full"));

        Assert.Equal(ExitCode.Failed, await _run.RunAsync("doctor", "--config", config));

        Assert.Contains($"ok       configuration: {config}\n", _run.Out, StringComparison.Ordinal);
        Assert.Contains("ok       data directory: ", _run.Out, StringComparison.Ordinal);
        Assert.Contains("ok       platform: platform.local 1.0.0 is loaded\n", _run.Out, StringComparison.Ordinal);
        Assert.Contains("ok       session: somebody on :99, platform local\n", _run.Out, StringComparison.Ordinal);
        Assert.Contains("ok       storage archive: storage.good 1.0.0 is loaded\n", _run.Out, StringComparison.Ordinal);
        Assert.Contains("problem  /full: the fixture's disk is full\n           -> make room on it\n", _run.Out, StringComparison.Ordinal);
        Assert.Contains("problem  capture: there is no plugin capture.ffmpeg in ", _run.Out, StringComparison.Ordinal);
        Assert.Equal("", _run.Error);
    }

    [Fact]
    public async Task With_json_the_findings_are_json_alone()
    {
        _folder.Install("Storage.Good");

        Assert.Equal(ExitCode.Failed, await _run.RunAsync("doctor", "--json", "--config", Configure(Options("/srv"))));

        var report = JsonDocument.Parse(_run.Out).RootElement;
        Assert.False(report.GetProperty("ok").GetBoolean());
        Assert.All(report.GetProperty("findings").EnumerateArray(), f => Assert.True(
            f.GetProperty("level").GetString() == "ok" || f.TryGetProperty("remedy", out _), $"no remedy in {f}"));
    }

    [Fact]
    public async Task A_wrong_configuration_is_a_finding_for_each_error()
    {
        var config = Configure(new { Capture = new { FrameRate = 0 }, Colour = "red" });

        Assert.Equal(ExitCode.Failed, await _run.RunAsync("doctor", "--config", config));

        Assert.Contains("problem  configuration: Capture:FrameRate = \"0\"", _run.Out, StringComparison.Ordinal);
        Assert.Contains("problem  configuration: Colour = \"red\"", _run.Out, StringComparison.Ordinal);
        Assert.EndsWith("2 problems are in the way of recording or delivery\n", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_options_of_a_plugin_are_told_with_the_line_of_the_file()
    {
        _folder.Install("Storage.Good");
        var config = Configure(new { Storage = new { archive = new { Plugin = "good", Options = new { Path = "/", Tiemout = "5s" } } }, PluginDirectory = _folder.Path });

        await _run.RunAsync("doctor", "--config", config);

        Assert.Contains(
            $"problem  configuration: Storage:archive:Options:Tiemout = \"5s\" ({config} line 1): unknown key; did you mean Timeout?",
            _run.Out,
            StringComparison.Ordinal);
    }

    private object Options(string path) => new
    {
        PluginDirectory = _folder.Path,
        DataDirectory = Path.Combine(_folder.Path, "data"),
        Storage = new { archive = new { Plugin = "good", Options = new { Path = path } } },
    };

    private string Configure(object options)
    {
        var file = Path.Combine(_folder.Path, "recorder.json");
        File.WriteAllText(file, JsonSerializer.Serialize(options));
        return file;
    }
}
