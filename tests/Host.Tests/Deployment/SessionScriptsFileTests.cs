using System.Text;
using System.Text.Json.Nodes;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Tests.Deployment;

/// <summary>What becomes of an AppStream config.json that others have written to.</summary>
public sealed class SessionScriptsFileTests
{
    private const string Program = "/opt/session-recorder/session-recorder";

    [Fact]
    public void A_new_file_on_Windows_has_both_scripts_in_the_system_context_in_camel_case()
    {
        var file = SessionScriptsFile.Read("config.json", null, isPascal: false);
        Put(file, @"C:\Program Files\SessionRecorder\session-recorder.bat");

        var root = JsonNode.Parse(file.ToBytes())!;
        Assert.Equal(["SessionStart", "SessionTermination"], root.AsObject().Select(entry => entry.Key));
        foreach (var (name, arguments) in (ReadOnlySpan<(string, string)>)[("SessionStart", "start --timeout 50s"), ("SessionTermination", "stop --platform auto --timeout 55s")])
        {
            var script = Assert.Single(root[name]!["executables"]!.AsArray())!;
            Assert.Equal("system", (string)script["context"]!);
            Assert.Equal(@"C:\Program Files\SessionRecorder\session-recorder.bat", (string)script["filename"]!);
            Assert.Equal(arguments, (string)script["arguments"]!);
            Assert.True((bool)script["s3LogEnabled"]!);
            Assert.Equal(60, (int)root[name]!["waitingTime"]!);
        }

        Assert.Contains(@"C:\\Program Files\\SessionRecorder", Encoding.UTF8.GetString(file.ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_file_on_Linux_has_the_samples_PascalCase()
    {
        var file = SessionScriptsFile.Read("config.json", null, isPascal: true);
        Put(file, Program);

        var script = Assert.Single(JsonNode.Parse(file.ToBytes())!["SessionStart"]!["Executables"]!.AsArray())!;
        Assert.Equal(["Context", "Filename", "Arguments", "S3LogEnabled"], script.AsObject().Select(entry => entry.Key));
    }

    [Fact]
    public void The_files_own_case_is_kept_whatever_the_system()
    {
        var camel = Merge("""{"SessionStart":{"executables":[],"waitingTime":30}}""", isPascal: true);
        var pascal = Merge("""{"SessionStart":{"Executables":[{"Context":"user","Filename":"/a"}]}}""", isPascal: false);

        Assert.NotNull(camel["SessionTermination"]!["executables"]![0]!["s3LogEnabled"]);
        Assert.NotNull(pascal["SessionTermination"]!["Executables"]![0]!["S3LogEnabled"]);
    }

    [Fact]
    public void What_others_wrote_stays_in_its_order()
    {
        var root = Merge(
            """
            {"$comment":"ours","SessionStart":{"owner":"team","executables":[
              {"context":"user","filename":"C:\\tools\\a.exe","arguments":"ä","s3LogEnabled":false,"more":[1,{"x":null}]}],"waitingTime":30},
             "Other":{"keep":true}}
            """);

        Assert.Equal(["$comment", "SessionStart", "Other", "SessionTermination"], root.Select(entry => entry.Key));
        Assert.Equal(["owner", "executables", "waitingTime"], root["SessionStart"]!.AsObject().Select(entry => entry.Key));
        var scripts = root["SessionStart"]!["executables"]!.AsArray();
        Assert.Equal(2, scripts.Count);
        Assert.True(JsonNode.DeepEquals(scripts[0], JsonNode.Parse(
            """{"context":"user","filename":"C:\\tools\\a.exe","arguments":"ä","s3LogEnabled":false,"more":[1,{"x":null}]}""")));
        Assert.Equal(60, (int)root["SessionStart"]!["waitingTime"]!);
        Assert.True((bool)root["Other"]!["keep"]!);
    }

    [Fact]
    public void The_empty_slot_of_AppStreams_template_is_filled()
    {
        var root = Merge(
            """
            {"SessionStart":{"executables":[
              {"context":"system","filename":"","arguments":"","s3LogEnabled":true},
              {"context":"user","filename":"","arguments":"","s3LogEnabled":true}],"waitingTime":30}}
            """);

        var scripts = root["SessionStart"]!["executables"]!.AsArray();
        Assert.Equal([Program, ""], scripts.Select(script => (string)script!["filename"]!));
    }

    [Fact]
    public void A_slot_that_another_has_taken_is_refused_with_its_name_and_what_to_do()
    {
        var e = Assert.Throws<InstallException>(() => Merge(
            """{"SessionStart":{"executables":[{"context":"System","filename":"C:\\theirs.exe"}]}}"""));

        Assert.Contains("SessionStart", e.Message, StringComparison.Ordinal);
        Assert.Contains(@"C:\theirs.exe", e.Message, StringComparison.Ordinal);
        Assert.Contains($"{Program} start --timeout 50s", e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void An_earlier_entry_of_ours_is_updated_and_doubles_are_removed()
    {
        var root = Merge(
            """
            {"SessionStart":{"executables":[
              {"context":"system","filename":"C:\\Program Files\\SessionRecorder\\session-recorder.exe","arguments":"start","mine":1},
              {"context":"system","filename":"/old/session-recorder","arguments":"start"}],"waitingTime":10}}
            """);

        var script = Assert.Single(root["SessionStart"]!["executables"]!.AsArray())!;
        Assert.Equal((Program, "start --timeout 50s", 1), ((string)script["filename"]!, (string)script["arguments"]!, (int)script["mine"]!));
    }

    [Theory]
    [InlineData("utf-8", true)]
    [InlineData("utf-8", false)]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    public void Comments_commas_and_byte_order_marks_are_read_and_the_encoding_is_kept(string name, bool marked)
    {
        const string Text = "{ // theirs\n \"SessionStart\": { \"executables\": [ { \"context\": \"user\", \"filename\": \"/ü\", }, ], /* here */ }, }";
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. marked ? encoding.Preamble : [], .. encoding.GetBytes(Text)];

        var file = SessionScriptsFile.Read("config.json", bytes, isPascal: false);
        Put(file, Program);
        var written = file.ToBytes();

        Assert.True(file.HasComments);
        Assert.Equal(marked, written.AsSpan().StartsWith(encoding.Preamble));
        var root = JsonNode.Parse(encoding.GetString(written.AsSpan(marked ? encoding.Preamble.Length : 0)))!;
        Assert.Equal(["/ü", Program], root["SessionStart"]!["executables"]!.AsArray().Select(script => (string)script!["filename"]!));
    }

    [Theory]
    [InlineData("{\n \"SessionStart\": {\n  oops\n }\n}", "line 3")]
    [InlineData("[1, 2]", "one object")]
    [InlineData("{\"SessionStart\": [] }", "SessionStart")]
    [InlineData("{\"SessionStart\": {\"executables\": {}}}", "executables")]
    [InlineData("{\"SessionStart\": {\"executables\": [\"a.exe\"]}}", "executables")]
    [InlineData("{\"SessionStart\": {}, \"SessionStart\": {}}", "SessionStart")]
    [InlineData("{} {}", "line 1")]
    public void A_file_that_cannot_be_understood_is_refused_and_says_where(string text, string where)
    {
        var e = Assert.Throws<InstallException>(() => Merge(text));

        Assert.StartsWith("config.json ", e.Message, StringComparison.Ordinal);
        Assert.Contains(where, e.Message, StringComparison.Ordinal);
        Assert.Contains("left as it is", e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var e = Assert.Throws<InstallException>(() => SessionScriptsFile.Read("config.json", [(byte)'{', 0xFF, 0xC3, (byte)'}'], isPascal: false));

        Assert.Contains("UTF-8", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    public void An_empty_file_counts_as_none(string text)
    {
        Assert.Equal(2, Merge(text).Count);
    }

    [Fact]
    public void Removing_takes_out_our_scripts_and_nothing_else()
    {
        const string Theirs = """{"A":1,"SessionStart":{"executables":[{"context":"user","filename":"/a"}],"waitingTime":60}}""";
        var file = SessionScriptsFile.Read("config.json", Encoding.UTF8.GetBytes(Theirs), isPascal: false);
        Put(file, Program);
        file.RemoveOwn();

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Theirs), JsonNode.Parse(file.ToBytes())));
    }

    [Fact]
    public void Removing_leaves_nothing_where_all_was_ours()
    {
        var file = SessionScriptsFile.Read("config.json", null, isPascal: true);
        Put(file, Program);
        file.RemoveOwn();

        Assert.True(file.IsEmpty);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_script_keeps_AppStreams_limits(bool isWindows)
    {
        foreach (var script in SessionScriptEntry.ForPointer(MachineLayout.Of(isWindows, null).Pointer))
        {
            Assert.InRange(script.FileName.Length, 1, SessionScriptEntry.LongestText);
            Assert.InRange(script.Arguments.Length, 1, SessionScriptEntry.LongestText);
            var seconds = int.Parse(script.Arguments.Split(' ')[^1].TrimEnd('s'));
            Assert.InRange(seconds, 1, SessionScriptEntry.LongestWait - 1);
        }
    }

    private static JsonObject Merge(string text, bool isPascal = false)
    {
        var file = SessionScriptsFile.Read("config.json", Encoding.UTF8.GetBytes(text), isPascal);
        Put(file, Program);
        return JsonNode.Parse(file.ToBytes())!.AsObject();
    }

    private static void Put(SessionScriptsFile file, string program)
    {
        foreach (var script in SessionScriptEntry.ForPointer(program))
        {
            file.Put(script);
        }
    }
}
