using System.Collections;
using System.Text;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly ConfigurationFile _file = new();

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Without_a_file_everything_has_its_default()
    {
        var configuration = ConfigurationLoader.Load(null, new Dictionary<string, string?>(), TrustPolicy.Off, new Hashtable());

        // The default file is absent where tests run.
        Assert.Null(configuration.File);
        var options = configuration.Options;
        Assert.Equal(("", FailurePolicy.Allow), (options.KeyPrefix, options.OnFailure));
        Assert.Equal(("auto", "auto", "auto"), (options.Platform.Plugin, options.Display.Plugin, options.Elevation.Plugin));
        Assert.Equal(("ffmpeg", 5, true), (options.Capture.Plugin, options.Capture.FrameRate, options.Capture.Cursor));
        Assert.Equal(TimeSpan.FromMinutes(1), options.Capture.SegmentDuration);
        Assert.Equal(new ByteSize(64_000_000), options.Capture.MinimumFreeSpace);
        Assert.Empty(options.Storage);
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "plugins"), options.PluginDirectory);
        Assert.True(Path.IsPathFullyQualified(options.DataDirectory));
    }

    [Fact]
    public void The_command_line_goes_over_the_environment_and_that_over_the_file()
    {
        var options = _file.Load(
            """{ "Capture": { "FrameRate": 10, "Cursor": false, "StallTimeout": "5s" } }""",
            new() { ["Capture:FrameRate"] = "30" },
            ("SESSION_RECORDER__CAPTURE__FRAMERATE", "20"),
            ("SESSION_RECORDER__CAPTURE__STALLTIMEOUT", "7s")).Options;

        Assert.Equal(30, options.Capture.FrameRate);
        Assert.Equal(TimeSpan.FromSeconds(7), options.Capture.StallTimeout);
        Assert.False(options.Capture.Cursor);
    }

    [Fact]
    public void A_sink_keeps_the_name_that_the_file_gave_it_when_the_environment_shouts()
    {
        var configuration = _file.Load(
            """{ "Storage": { "Archive": { "Plugin": "local", "Options": { "Path": "/a" } } } }""",
            null,
            ("SESSION_RECORDER__STORAGE__ARCHIVE__OPTIONS__PATH", "/b"));

        var (name, sink) = Assert.Single(configuration.RequireStorage());
        Assert.Equal(("Archive", "/b"), (name, sink.Options["Path"]));
    }

    [Fact]
    public void An_override_without_a_value_takes_everything_below_it_away()
    {
        var options = _file.Load(
            """{ "Storage": { "archive": { "Plugin": "local" } }, "KeyPrefix": "a/b" }""",
            new() { ["Storage:output:Plugin"] = "local", ["Storage"] = null, ["Storage:output:Options:Path"] = "/out" }).Options;

        Assert.Equal("output", Assert.Single(options.Storage).Key);
        Assert.Equal("a/b/", options.KeyPrefix);
    }

    [Fact]
    public void Comments_trailing_commas_a_byte_order_mark_and_null_are_taken()
    {
        var options = _file.Load("\uFEFF{ /* why */ \"$schema\": \"recorder.schema.json\", \"OnFailure\": \"LogOff\", // who\n \"KeyPrefix\": null, }").Options;

        Assert.Equal((FailurePolicy.Logoff, ""), (options.OnFailure, options.KeyPrefix));
    }

    [Fact]
    public void The_example_that_comes_with_the_program_is_valid()
    {
        var path = Path.Combine(Deployment.Repository.Folder, "deploy", "recorder.example.json");

        var options = ConfigurationLoader.Load(path, new Dictionary<string, string?>(), TrustPolicy.Off, new Hashtable()).Options;

        Assert.Equal("s3", options.Storage["archive"].Plugin);
        Assert.Equal("recordings/", options.KeyPrefix);
    }

    [Fact]
    public void All_errors_are_told_at_once_each_with_key_value_place_and_what_is_allowed()
    {
        var errors = _file.Errors(
            """
            {
              "KeyPrefix": "a/../b",
              "OnFailure": "ignore",
              "Colour": "red",
              "Capture": {
                "FramRate": 5,
                "FrameRate": "fast",
                "Cursor": 1,
                "SegmentDuration": 60,
                "MinimumFreeSpace": "lots"
              },
              "Storage": {
                "my sink": { "Plugin": "local" },
                "nothing": {  "Options": { "Path": "/" } },
                "wrong": "local"
              }
            }
            """,
            null,
            ("SESSION_RECORDER__CAPTURE__STALLTIMEOUT", "0s"));

        Assert.Equal(
            [
                "Capture:Cursor = \"1\" (FILE line 8): must be true or false",
                "Capture:FramRate = \"5\" (FILE line 6): unknown key; did you mean FrameRate?",
                "Capture:FrameRate = \"fast\" (FILE line 7): must be a number",
                "Capture:MinimumFreeSpace = \"lots\" (FILE line 10): must be a size such as 64MB, 512KiB, 2GB or 4096 (bytes)",
                "Capture:SegmentDuration = \"60\" (FILE line 9): must be a duration such as 500ms, 15s, 1m30s, 1h or 00:01:30",
                "Capture:StallTimeout = \"0s\" (environment variable SESSION_RECORDER__CAPTURE__STALLTIMEOUT): must be a duration "
                    + "such as 500ms, 15s, 1m30s, 1h or 00:01:30, from 1s to 1m",
                "Colour = \"red\" (FILE line 4): unknown key; known are "
                    + string.Join(", ", typeof(RecorderOptions).GetProperties().Select(property => property.Name)),
                "KeyPrefix = \"a/../b\" (FILE line 2): must be parts of letters, digits and !-_.'()=@,+% with / between them, "
                    + "none of them empty, '.' or '..'",
                "OnFailure = \"ignore\" (FILE line 3): must be one of allow, logoff",
                "Storage:my sink (FILE line 13): must have a name of letters, digits, hyphens and underscores",
                "Storage:nothing:Plugin: must be given: the name of a plugin, as 'plugins list' shows them",
                "Storage:wrong = \"local\" (FILE line 15): is a group of settings (Plugin, Options), not a single value",
            ],
            errors.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("FrameRate", "0")]
    [InlineData("FrameRate", "61")]
    [InlineData("FrameRate", "60.4")]
    [InlineData("FrameRate", "NaN")]
    [InlineData("SegmentDuration", "0s")]
    [InlineData("SegmentDuration", "2h")]
    [InlineData("StallTimeout", "999ms")]
    [InlineData("Plugin", "")]
    [InlineData("Plugin", "../ffmpeg")]
    public void What_is_out_of_range_is_refused(string key, string value) =>
        Assert.StartsWith(
            $"Capture:{key} = \"{value}\" (command line): must be ",
            Assert.Single(_file.Errors("{}", new() { ["Capture:" + key] = value })),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("..")]
    [InlineData("a\\b")]
    [InlineData("/")]
    public void A_prefix_that_no_key_can_begin_with_is_refused(string prefix) =>
        Assert.Single(_file.Errors("{}", new() { ["KeyPrefix"] = prefix }));

    [Fact]
    public void A_data_directory_that_is_relative_or_too_long_for_the_control_channel_is_refused()
    {
        Assert.Contains("must be an absolute path", Assert.Single(_file.Errors("{}", new() { ["DataDirectory"] = "data" })), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            var longest = "/" + new string('d', 79);
            Assert.Equal(longest, _file.Load("{}", new() { ["DataDirectory"] = longest }).Options.DataDirectory);
            Assert.Contains(
                "at most 80 characters", Assert.Single(_file.Errors("{}", new() { ["DataDirectory"] = longest + "d" })), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_for_a_platform_that_is_not_named_are_refused() =>
        Assert.Equal(
            "Platform:Options (FILE line 1): can be given only where Platform:Plugin names a platform, not 'auto'",
            Assert.Single(_file.Errors("""{ "Platform": { "Options": { "Display": ":0" } } }""")));

    [Theory]
    [InlineData("{\n  \"KeyPrefix\": oops\n}", "line 2, column 16: ")]
    [InlineData("{ \"a\": 1", "line 1, column ")]
    [InlineData("", "line 1, column 1: ")]
    [InlineData("[]", "line 1, column 1: it must hold one object: { … }")]
    [InlineData("{} {}", "line 1, column 4: ")]
    public void Broken_JSON_is_told_with_line_and_column(string json, string place)
    {
        var error = Assert.Single(_file.Errors(json));

        Assert.StartsWith("the configuration FILE is not valid JSON at " + place, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void A_key_given_twice_is_an_error_in_whatever_case() =>
        Assert.Equal(
            "Capture:framerate (FILE line 3): is given twice, first at line 2",
            Assert.Single(_file.Errors("{ \"Capture\": {\n \"FrameRate\": 5,\n \"framerate\": 6 } }")));

    [Theory]
    [InlineData("{ \"Capture\": { \"FrameRate\": 5 },\n \"Capture\": { \"StallTimeout\": \"5s\" } }", "Capture (FILE line 2): is given twice, first at line 1")]
    [InlineData("{ \"Capture\": { \"FrameRate\": 5 },\n \"Capture:FrameRate\": 6 }", "Capture:FrameRate (FILE line 2): is given twice, first at line 1")]
    [InlineData("{ \"Capture\": null,\n \"Capture\": { \"FrameRate\": 5 } }", "Capture (FILE line 2): is given twice, first at line 1")]
    [InlineData(
        "{ \"Storage\": { \"a\": { \"Plugin\": \"local\", \"Options\": { \"Path\": \"/x\",\n \"path\": \"/y\" } } } }",
        "Storage:a:Options:path (FILE line 2): is given twice, first at line 1")]
    [InlineData("{ \"Policy\": { \"ExceptUsers\": [ \"ada\" ],\n \"ExceptUsers:0\": \"bob\" } }", "Policy:ExceptUsers:0 (FILE line 2): is given twice, first at line 1")]
    public void A_key_given_twice_is_found_however_it_is_written(string json, string error) =>
        Assert.Contains(error, _file.Errors(json));

    [Fact]
    public void A_key_given_twice_hides_no_other_error() =>
        Assert.Equal(
            ["Capture:FrameRate (FILE line 2): is given twice, first at line 1", "Colour"],
            _file.Errors("{ \"Capture\": { \"FrameRate\": 5,\n \"FrameRate\": 6 }, \"Colour\": \"red\" }").Select(e => e.Split(" = ")[0]).Order());

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_told_as_that()
    {
        var e = Assert.Throws<ConfigurationException>(
            () => ConfigurationLoader.Load(Path.GetTempPath(), new Dictionary<string, string?>(), TrustPolicy.Off));
        Assert.Contains("is a folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_the_system_would_cut_off_is_an_error()
    {
        var e = Assert.Throws<ConfigurationException>(() => _file.Load("""{ "Storage": { "a": { "Plugin": "local", "Options": { "Path": "/a\u0000b" } } } }"""));
        Assert.Contains("Storage:a:Options:Path", e.Message, StringComparison.Ordinal);
        Assert.Contains("u0000", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_named_must_exist()
    {
        var error = Assert.Throws<ConfigurationException>(() =>
            ConfigurationLoader.Load("/no/such/recorder.json", new Dictionary<string, string?>(), TrustPolicy.Off, new Hashtable()));

        Assert.EndsWith("correct --config or create the file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Storage_is_asked_for_only_where_it_is_needed()
    {
        var error = Assert.Throws<ConfigurationException>(() => _file.Load("{}").RequireStorage());

        Assert.StartsWith("Storage: no storage is configured", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Storage:archive:Options:SecretKey")]
    [InlineData("Password")]
    [InlineData("Tokens:0")]
    [InlineData("SASURL")]
    [InlineData("ConnectionString")]
    public void Secrets_are_not_echoed(string key)
    {
        Assert.Equal(SecretKeys.Hidden, SecretKeys.Show(key, "hunter2"));
        Assert.DoesNotContain("hunter2", string.Join('\n', _file.Errors("{}", new() { [$"Capture:{key}"] = "hunter2" })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://user:hunter2@host/")]
    [InlineData("https://host/container?sig=hunter2")]
    public void An_address_that_carries_credentials_is_not_echoed(string address) =>
        Assert.Equal(SecretKeys.Hidden, SecretKeys.Show("Endpoint", address));

    [Fact]
    public void What_is_no_secret_is_shown_on_one_line() =>
        Assert.Equal("a b", SecretKeys.Show("Storage:keystore:Plugin", "a\nb"));

    [Fact]
    public void Several_errors_make_one_line_in_a_message()
    {
        var error = Assert.Throws<ConfigurationException>(() => _file.Load("""{ "A": 1, "B": 2 }"""));

        Assert.StartsWith("the configuration has 2 errors: A = \"1\"", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
