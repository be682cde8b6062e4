using System.Text.Json.Nodes;
using System.Text.Json;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Tests.Configuration;
using SessionRecorder.Tests.Deployment;

namespace SessionRecorder.Tests.Documentation;

/// <summary>What a reader copies from the documentation into recorder.json is taken by the program.</summary>
public sealed class ConfigurationSnippetTests : IDisposable
{
    // Policies of AWS and conditions of these.
    private static readonly string[] NotOfOurs = ["Statement", "StringNotEquals"];

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly ConfigurationFile _file = new();

    public static TheoryData<string, int> Snippets =>
        [.. Blocks().Select(block => new TheoryDataRow<string, int>(block.Page, block.Line))];

    public void Dispose() => _file.Dispose();

    [Theory]
    [MemberData(nameof(Snippets))]
    public void A_snippet_is_json_and_where_it_is_of_recorder_json_the_program_takes_it(string page, int line)
    {
        var text = Blocks().Single(block => block.Page == page && block.Line == line).Text;
        var json = Complete(text, out var node);
        if (!NotOfOurs.Any(node.ContainsKey))
        {
            AssertOptionsAreDocumented(_file.Load(json).Options);
        }
    }

    [Fact]
    public void The_example_that_is_shipped_is_taken()
    {
        var options = _file.Load(File.ReadAllText(Path.Combine(Repository.Folder, "deploy", "recorder.example.json"))).Options;

        AssertOptionsAreDocumented(options);
        Assert.Equal(("auto", TimeSpan.FromMinutes(5)), (options.Elevation.Plugin, options.Heartbeat.Interval));
    }

    private static IEnumerable<(string Page, int Line, string Text)> Blocks() =>
        from page in Markdown.Pages
        from block in page.Blocks()
        where block.Language == "json"
        select (page.Name, block.Line, string.Join('\n', block.Lines));

    /// <summary>Makes a document of a part of one: braces around it, and a sink around a sink's options.</summary>
    private static string Complete(string text, out JsonObject node)
    {
        var json = text.TrimStart().StartsWith('{') ? text : "{" + text + "}";
        node = JsonNode.Parse(json, documentOptions: Lenient)!.AsObject();
        if (!node.ContainsKey("Options"))
        {
            return json;
        }

        var plugin = node["Options"]!.AsObject().ContainsKey("Container") ? "azureblob" : "s3";
        json = $$"""{ "Storage": { "archive": { "Plugin": "{{plugin}}", {{text}} } } }""";
        node = JsonNode.Parse(json, documentOptions: Lenient)!.AsObject();
        return json;
    }

    /// <summary>A plugin's options are checked by the plugin; here by the table of them.</summary>
    private static void AssertOptionsAreDocumented(RecorderOptions options)
    {
        var documented = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "configuration.md"));
        foreach (var option in options.Storage.Values.SelectMany(sink => sink.Options.GetChildren()))
        {
            Assert.Matches($@"\| (`\w+`, )*`{option.Key}`", documented);
        }
    }
}
