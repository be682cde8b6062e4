using System.Text.Json;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Commands;
using SessionRecorder.Tests.Catalog;
using Spectre.Console;

namespace SessionRecorder.Tests.Commands;

public sealed class CatalogCommandTests : IDisposable
{
    private readonly StoredSession _stored = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task List_piped_writes_a_line_for_each_recording()
    {
        Assert.Equal(0, await new ListView(Output(OutputForm.Plain)).RunAsync(_stored.Sink, "", CancellationToken.None));

        Assert.Equal(
            "session-1\tZoë [admin]\tdesk-7\tlocal\tcomplete\t2026-11-23T08:02:24.123Z\t0:00:29.5\t3 segments\t2 gaps\t0:00:02.3\t"
                + $"{_stored.Sink.Objects.Values.Sum(bytes => bytes.Length)} bytes\t{StoredSession.Prefix}\n",
            _out.ToString());
    }

    [Fact]
    public async Task List_of_nothing_says_so_and_prints_valid_json()
    {
        Assert.Equal(0, await new ListView(Output(OutputForm.Json)).RunAsync(new MemorySink(), "", CancellationToken.None));
        Assert.Equal("[]", _out.ToString().Trim());
        Assert.Equal("no recordings", _error.ToString().Trim());
    }

    [Fact]
    public async Task Show_puts_segments_gaps_and_displays_on_one_time_line()
    {
        Assert.Equal(0, await new ShowView(Output(OutputForm.Plain)).RunAsync(_stored.Sink, "session-1", CancellationToken.None));

        var lines = _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("user\tZoë [admin]", lines);
        Assert.Contains("recorder\t0.1.0, x11grab, libx264, ffmpeg 5.1.9", lines);
        Assert.Contains("zone\tb", lines);
        var timeLine = lines.SkipWhile(line => !line.StartsWith("2026-", StringComparison.Ordinal)).ToArray();
        Assert.Equal(
            ["display", "gap", "segment", "segment", "gap", "display", "segment"],
            timeLine.Select(line => line.Split('\t')[2]));
        Assert.Equal(
            "2026-11-23T08:02:44.823Z\t2026-11-23T08:02:46.123Z\tgap\t1.3 s, display-changed, 1280x720 to 1920x1080", timeLine[4]);
    }

    [Fact]
    public async Task Show_as_json_holds_the_manifest_and_nothing_else_is_printed()
    {
        Assert.Equal(0, await new ShowView(Output(OutputForm.Json)).RunAsync(_stored.Sink, "session-1", CancellationToken.None));

        using var json = JsonDocument.Parse(_out.ToString());
        Assert.Equal("complete", json.RootElement.GetProperty("manifest").GetProperty("state").GetString());
        Assert.Equal(StoredSession.Prefix, json.RootElement.GetProperty("summary").GetProperty("prefix").GetString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Verify_of_a_whole_recording_says_so_and_exits_0()
    {
        Assert.Equal(0, await new VerifyView(Output(OutputForm.Plain)).RunAsync(_stored.Sink, "session-1", CancellationToken.None));
        Assert.Equal("session-1: whole and unchanged: 3 segments (85 B), 2 gaps, 13 ledger lines\n", _out.ToString());
    }

    [Theory]
    [InlineData(nameof(OutputForm.Plain))]
    [InlineData(nameof(OutputForm.Table))]
    [InlineData(nameof(OutputForm.Json))]
    public async Task Verify_names_the_fault_and_exits_5(string form)
    {
        _stored.Sink.Objects[_stored.Segments[1]][3] ^= 4;

        Assert.Equal(5, await new VerifyView(Output(Enum.Parse<OutputForm>(form))).RunAsync(_stored.Sink, "session-1", CancellationToken.None));

        Assert.Contains("video/000001-20261123T080235.323Z.mp4", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains("changed: segment 1 was recorded with SHA-256", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_stored_exits_3_and_says_what_to_do()
    {
        var output = Output(OutputForm.Json);
        Assert.Equal(3, await new ShowView(output).RunAsync(_stored.Sink, "nobody", CancellationToken.None));
        Assert.Equal(3, await new VerifyView(output).RunAsync(_stored.Sink, "nobody", CancellationToken.None));

        Assert.Empty(_out.ToString());
        Assert.StartsWith("there is no recording 'nobody' in this storage", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(OutputForm.Plain))]
    [InlineData(nameof(OutputForm.Table))]
    public async Task A_name_with_escape_sequences_and_markup_does_not_reach_the_terminal(string form)
    {
        var text = System.Text.Encoding.UTF8.GetString(_stored["manifest.json"]);
        _stored["manifest.json"] = System.Text.Encoding.UTF8.GetBytes(
            text.Replace("Zoë [admin]", "[red]x[/]\\u001b]0;evil\\u0007\\n\\u202e", StringComparison.Ordinal));

        await new ListView(Output(Enum.Parse<OutputForm>(form))).RunAsync(_stored.Sink, "", CancellationToken.None);
        await new ShowView(Output(Enum.Parse<OutputForm>(form))).RunAsync(_stored.Sink, "session-1", CancellationToken.None);

        Assert.Contains("[red]x[/]\ufffd]0;evil\ufffd\ufffd\ufffd", _out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', _out.ToString());
    }

    private CatalogOutput Output(OutputForm form)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            Interactive = InteractionSupport.No,
            Out = new WideOutput(_out),
        });
        return new CatalogOutput(form, _out, _error, console);
    }

    private sealed class WideOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => false;

        public int Width => 400;

        public int Height => 50;

        public void SetEncoding(System.Text.Encoding encoding)
        {
        }
    }
}
