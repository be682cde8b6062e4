using System.Text;
using System.Text.Json;
using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Commands;
using Spectre.Console;

namespace SessionRecorder.Tests.Catalog;

/// <summary>What AWS's sample for AppStream left in a bucket is listed and shown, and never vouched for.</summary>
public sealed class SampleRecordingTests : IDisposable
{
    private const string Prefix = "old/exam-stack/exam-fleet/5d41402a-abc4/";

    private readonly MemorySink _sink = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public SampleRecordingTests()
    {
        _sink.Objects[Prefix + "2023-05-04_08-00-02-video.mp4"] = new byte[5000];
        _sink.Objects[Prefix + "2023-05-04_08-05-03-video.mp4"] = new byte[262];
        _sink.Objects[Prefix + "2023-05-04_08-00-00-metadata.txt"] = Metadata(Encoding.Unicode);
    }

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task It_is_listed_beside_recordings_of_this_program()
    {
        _ = new StoredSession(sink: _sink);

        var summaries = await new RecordingCatalog(_sink).ListAsync("", CancellationToken.None);

        var sample = summaries[0];
        Assert.Equal(2, summaries.Count);
        Assert.Equal(
            ("sample", "5d41402a-abc4", "zoë@example.com", "appstream", 2),
            (sample.State, sample.SessionId, sample.User, sample.Platform, sample.Segments));
        Assert.Equal(DateTimeOffset.Parse("2023-05-04T08:00:02Z", null), sample.StartedAt);
        Assert.Equal("complete", summaries[1].State);
        Assert.Empty(await new RecordingCatalog(_sink).FindUnsealedAsync("", CancellationToken.None));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task It_is_shown_by_its_id_with_what_its_metadata_says_and_that_it_proves_nothing(string encoding)
    {
        _sink.Objects[Prefix + "2023-05-04_08-00-00-metadata.txt"] = Metadata(Encoding.GetEncoding(encoding));

        Assert.Equal(0, await new ShowView(Output(OutputForm.Plain)).RunAsync(_sink, "5d41402a-abc4", CancellationToken.None));

        var text = _out.ToString();
        Assert.Contains("AppStream_Stack_Name\texam-stack\n", text, StringComparison.Ordinal);
        Assert.Contains("user\tzoë@example.com\n", text, StringComparison.Ordinal);
        Assert.Contains("cannot be told", text, StringComparison.Ordinal);
        Assert.Contains($"does not play, {Prefix}2023-05-04_08-05-03-video.mp4", text, StringComparison.Ordinal);
        Assert.DoesNotContain("does not play, " + Prefix + "2023-05-04_08-00-02", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shown_as_json_it_has_its_videos()
    {
        Assert.Equal(0, await new ShowView(Output(OutputForm.Json)).RunAsync(_sink, Prefix, CancellationToken.None));

        var root = JsonDocument.Parse(_out.ToString()).RootElement;
        Assert.Equal("sample", root.GetProperty("summary").GetProperty("state").GetString());
        Assert.Equal(2, root.GetProperty("sample").GetProperty("videos").GetArrayLength());
    }

    [Fact]
    public async Task It_cannot_be_verified_and_that_is_said_and_does_not_spoil_the_others()
    {
        Assert.Equal(ExitCode.NothingToActOn, await new VerifyView(Output(OutputForm.Plain)).RunAsync(_sink, Prefix, CancellationToken.None));
        Assert.Contains("cannot be told", _error.ToString(), StringComparison.Ordinal);

        _ = new StoredSession(sink: _sink);
        var all = await new VerifyView(Output(OutputForm.Plain)).RunAllAsync(_sink, CancellationToken.None);
        Assert.DoesNotContain(Prefix, _out.ToString(), StringComparison.Ordinal);
        Assert.NotEqual(ExitCode.NothingToActOn, all);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("")]
    public async Task Metadata_that_is_not_understood_takes_nothing_from_the_videos(string text)
    {
        _sink.Objects[Prefix + "2023-05-04_08-00-00-metadata.txt"] = Encoding.UTF8.GetBytes(text);

        var sample = Assert.Single(await new RecordingCatalog(_sink).ListAsync("", CancellationToken.None));

        Assert.Equal((null, 2), (sample.User, sample.Segments));
    }

    [Theory]
    [InlineData("2023-05-04_08-00-02-video.mp4.bak")]
    [InlineData("2023-13-44_08-00-02-video.mp4")]
    [InlineData("holiday.mp4")]
    public async Task Other_files_are_no_recordings(string name)
    {
        _sink.Objects.Clear();
        _sink.Objects["films/" + name] = new byte[5000];

        Assert.Empty(await new RecordingCatalog(_sink).ListAsync("", CancellationToken.None));
    }

    private static byte[] Metadata(Encoding encoding) =>
        [.. encoding.GetPreamble(), .. encoding.GetBytes("""{"AppStream_UserName":"zoë@example.com","AppStream_Stack_Name":"exam-stack","Nested":{}}""")];

    private CatalogOutput Output(OutputForm form)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_out) });
        return new CatalogOutput(form, _out, _error, console);
    }
}
