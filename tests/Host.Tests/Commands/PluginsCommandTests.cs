using System.Text.Json;
using SessionRecorder.Host.Commands;
using SessionRecorder.Tests.Plugins;

namespace SessionRecorder.Tests.Commands;

public sealed class PluginsCommandTests : IDisposable
{
    private readonly PluginFolder _folder = new();
    private readonly CommandRun _run = new();
    private readonly string _config;

    public PluginsCommandTests()
    {
        _config = Path.Combine(_folder.Path, "recorder.json");
        File.WriteAllText(_config, JsonSerializer.Serialize(new { PluginDirectory = _folder.Path }));
    }

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task List_shows_the_installed_plugins_and_what_is_wrong_with_broken_ones()
    {
        _folder.Install("Storage.Good");
        File.WriteAllText(Path.Combine(_folder.Install("Storage.Two"), "plugin.json"), "{");

        Assert.Equal(ExitCode.Done, await _run.RunAsync("plugins", "list", "--config", _config));

        var lines = _run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Equal("storage.good  1.0.0    0.1.0  A fixture that works, and misbehaves when asked to", lines[1]);
        Assert.StartsWith("storage.two   -        -      broken: ", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_prints_json_alone_when_asked_for()
    {
        _folder.Install("Storage.Good");

        Assert.Equal(ExitCode.Done, await _run.RunAsync("plugins", "list", "--json", "--config", _config));

        var plugin = JsonDocument.Parse(_run.Out).RootElement.GetProperty("plugins").EnumerateArray().Single();
        Assert.Equal(("storage.good", "1.0.0"), (plugin.GetProperty("id").GetString(), plugin.GetProperty("version").GetString()));
        Assert.False(plugin.TryGetProperty("problem", out _));
    }

    [Fact]
    public async Task Check_loads_a_plugin_and_tells_which_options_it_needs()
    {
        var folder = _folder.Install("Storage.Good");

        Assert.Equal(ExitCode.Done, await _run.RunAsync("plugins", "check", folder + Path.DirectorySeparatorChar));

        Assert.Equal(
            "storage.good 1.0.0 fits: it loads, and registers IStorageSink\nit needs the option Path: must be given: a text\n", _run.Out);
    }

    [Fact]
    public async Task Check_refuses_what_the_host_would_refuse()
    {
        var folder = _folder.Install("Storage.Two");

        Assert.Equal(ExitCode.Usage, await _run.RunAsync("plugins", "check", folder));

        Assert.StartsWith("session-recorder: error: the plugin storage.two has 2 entry points", _run.Error, StringComparison.Ordinal);
    }
}
