using System.Text.Json;
using SessionRecorder.Host.Commands;
using SessionRecorder.Tests.Deployment;
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

        // A plugin that is named by default and is not there is a fault of the configuration, whatever else is found.
        Assert.Equal(ExitCode.Usage, await _run.RunAsync("doctor", "--config", config));

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

        Assert.Equal(ExitCode.Usage, await _run.RunAsync("doctor", "--json", "--config", Configure(Options("/srv"))));

        var report = JsonDocument.Parse(_run.Out).RootElement;
        Assert.False(report.GetProperty("ok").GetBoolean());
        Assert.All(report.GetProperty("findings").EnumerateArray(), f => Assert.True(
            f.GetProperty("level").GetString() == "ok" || f.TryGetProperty("remedy", out _), $"no remedy in {f}"));
    }

    [Fact]
    public async Task A_wrong_configuration_is_a_finding_for_each_error()
    {
        var config = Configure(new { Capture = new { FrameRate = 0 }, Colour = "red" });

        Assert.Equal(ExitCode.Usage, await _run.RunAsync("doctor", "--config", config));

        Assert.Contains("problem  configuration: Capture:FrameRate = \"0\"", _run.Out, StringComparison.Ordinal);
        Assert.Contains("problem  configuration: Colour = \"red\"", _run.Out, StringComparison.Ordinal);

        // What needs no configuration is looked at all the same.
        Assert.Contains(" rights: ", _run.Out, StringComparison.Ordinal);
        Assert.Contains(" clock: ", _run.Out, StringComparison.Ordinal);
        Assert.EndsWith("2 problems are in the way of recording or delivery\n", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_configuration_ends_json_with_the_same_code_and_all_of_its_errors()
    {
        var config = Configure(new { Capture = new { FrameRate = 0 }, Colour = "red" });

        Assert.Equal(ExitCode.Usage, await _run.RunAsync("doctor", "--json", "--config", config));

        var findings = JsonDocument.Parse(_run.Out).RootElement.GetProperty("findings").EnumerateArray().ToArray();
        Assert.Equal(2, findings.Count(f => f.GetProperty("subject").GetString() == "configuration" && f.GetProperty("level").GetString() == "problem"));
    }

    [Fact]
    public async Task The_published_schema_names_what_json_has()
    {
        _folder.Install("Storage.Good");
        using var schema = JsonDocument.Parse(await File.ReadAllTextAsync(
            Path.Combine(Repository.Folder, "docs", "doctor.schema.json"), TestContext.Current.CancellationToken));
        await _run.RunAsync("doctor", "--json", "--config", Configure(Options("/srv")));

        var report = JsonDocument.Parse(_run.Out).RootElement;
        var (whole, one) = (schema.RootElement, schema.RootElement.GetProperty("properties").GetProperty("findings").GetProperty("items"));
        Assert.Equal(Names(whole.GetProperty("properties")), Names(report));
        var levels = one.GetProperty("properties").GetProperty("level").GetProperty("enum").EnumerateArray().Select(l => l.GetString()).ToArray();
        Assert.Equal(Enum.GetNames<FindingLevel>().Select(l => l.ToLowerInvariant()), levels);
        Assert.All(report.GetProperty("findings").EnumerateArray(), f =>
        {
            Assert.Subset(Names(one.GetProperty("properties")).ToHashSet(), Names(f).ToHashSet());
            Assert.Superset(one.GetProperty("required").EnumerateArray().Select(n => n.GetString()!).ToHashSet(), Names(f).ToHashSet());
            Assert.Contains(f.GetProperty("level").GetString(), levels);
        });

        static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];
    }

    [Fact]
    public async Task Wrong_options_of_a_plugin_are_told_with_the_line_of_the_file()
    {
        _folder.Install("Storage.Good");
        var config = Configure(new { Storage = new { archive = new { Plugin = "good", Options = new { Path = "/", Tiemout = "5s" } } }, PluginDirectory = _folder.Path });

        Assert.Equal(ExitCode.Usage, await _run.RunAsync("doctor", "--config", config));

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
