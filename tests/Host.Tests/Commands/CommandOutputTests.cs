using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Commands.Output;

namespace SessionRecorder.Tests.Commands;

public sealed class CommandOutputTests : IDisposable
{
    private static readonly PluginList List = new("/plugins", []);

    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    [Fact]
    public void Into_a_pipe_a_table_is_plain_aligned_lines()
    {
        Output(isJson: false).WriteTable(["NAME", "SIZE"], [["a", "1"], ["longer [x]", "22"]]);

        Assert.Equal("NAME        SIZE\na           1\nlonger [x]  22\n", Written);
    }

    [Fact]
    public void On_a_terminal_a_table_shows_text_as_it_is()
    {
        new CommandOutput(new CommandConsole(_out, _error, IsTerminal: true), isJson: false).WriteTable(["NAME"], [["[red]x[/]"]]);

        Assert.Contains("[red]x[/]", Written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_nothing_else_is_on_standard_output()
    {
        var output = Output(isJson: true);

        output.WriteLine("a line");
        output.WriteTable(["A"], [["b"]]);
        await output.ShowProgressAsync("working", progress =>
        {
            progress.Report("hard");
            return Task.FromResult(0);
        });
        output.Warn("careful");
        output.WriteJson(List, PluginsJson.Default.PluginList);

        Assert.Equal("{\n  \"directory\": \"/plugins\",\n  \"plugins\": []\n}\n", Written);
        Assert.Equal("session-recorder: warning: careful\n", _error.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Without_json_none_is_written()
    {
        Output(isJson: false).WriteJson(List, PluginsJson.Default.PluginList);

        Assert.Equal("", Written);
    }

    [Fact]
    public async Task Into_a_pipe_progress_is_a_line_for_each_new_thing()
    {
        var result = await Output(isJson: false).ShowProgressAsync("delivering", async progress =>
        {
            progress.Report("1 of 2", 0.5);
            progress.Report("1 of 2", 0.6);
            await Task.Yield();
            progress.Report("2 of 2", 1);
            return 7;
        });

        Assert.Equal(7, result);
        Assert.Equal("delivering: 1 of 2\ndelivering: 2 of 2\n", Written);
    }

    [Fact]
    public async Task On_a_terminal_progress_returns_the_works_result_and_its_failure()
    {
        var output = new CommandOutput(new CommandConsole(_out, _error, IsTerminal: true), isJson: false);

        Assert.Equal(7, await output.ShowProgressAsync("delivering", progress =>
        {
            progress.Report("[half]", 0.5);
            return Task.FromResult(7);
        }));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            output.ShowProgressAsync<int>("delivering", _ => throw new InvalidOperationException()));
    }

    private string Written => _out.ToString().ReplaceLineEndings("\n");

    private CommandOutput Output(bool isJson) => new(new CommandConsole(_out, _error, IsTerminal: false), isJson);
}
