using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Plugins;

namespace SessionRecorder.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly CommandRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("a command is missing after 'session-recorder'; choose one of plugins, doctor, or see 'session-recorder --help'")]
    [InlineData("a command is missing after 'session-recorder plugins'; choose one of list, check, or see 'session-recorder plugins --help'", "plugins")]
    [InlineData("unrecognized command or argument 'doktor'; did you mean doctor?", "doktor")]
    [InlineData("unrecognized command or argument '--jsn'; did you mean --json?", "doctor", "--jsn")]
    [InlineData("unrecognized command or argument '@file'; see 'session-recorder plugins list --help'", "plugins", "list", "@file")]
    [InlineData("required argument 'FOLDER' missing for command: 'check'; see 'session-recorder plugins check --help'", "plugins", "check")]
    [InlineData("required argument missing for option: '--config'; see 'session-recorder doctor --help'", "doctor", "--config")]
    public async Task A_line_that_cannot_be_understood_is_one_error_line_and_code_2(string error, params string[] arguments)
    {
        Assert.Equal(ExitCode.Usage, await _run.RunAsync(arguments));

        Assert.Equal($"session-recorder: error: {error}\n", _run.Error);
        Assert.Equal("", _run.Out);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("plugins", "list", "--help")]
    [InlineData("doctor", "-h", "--nonsense")]
    public async Task Every_command_has_help_with_examples(params string[] arguments)
    {
        Assert.Equal(ExitCode.Done, await _run.RunAsync(arguments));

        Assert.Contains("Usage:", _run.Out, StringComparison.Ordinal);
        Assert.Contains("--config <FILE>", _run.Out, StringComparison.Ordinal);
        Assert.Contains("Examples:\n  # ", _run.Out, StringComparison.Ordinal);
        Assert.Equal("", _run.Error);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("plugins", "list", "--version")]
    public async Task Every_command_tells_the_version(params string[] arguments)
    {
        Assert.Equal(ExitCode.Done, await _run.RunAsync(arguments));

        Assert.Equal($"session-recorder {CommandLine.Version}\n", _run.Out);
    }

    [Fact]
    public async Task Errors_of_the_configuration_are_a_line_each_and_code_2()
    {
        var code = await TryAsync(() => new ConfigurationException([new("A", "1", "must be 2"), new("B", null, "must be given")]));

        Assert.Equal(ExitCode.Usage, code);
        Assert.Equal(
            "session-recorder: error: A = \"1\": must be 2\nsession-recorder: error: B: must be given\n", _run.Error);
    }

    [Fact]
    public async Task A_plugin_that_cannot_be_used_is_code_2() =>
        Assert.Equal(ExitCode.Usage, await TryAsync(() => new PluginException("a.b", PluginFailure.NotFound, "there is no plugin a.b", null)));

    [Fact]
    public async Task A_failure_is_told_in_one_line_with_its_remedy()
    {
        var code = await TryAsync(() => new StorageException(
            "the folder /srv\nis full", StorageFailure.Full, isTransient: true, remedy: "make room"));

        Assert.Equal(ExitCode.Failed, code);
        Assert.Equal("session-recorder: error: the folder /srv is full; make room\n", _run.Error);
    }

    [Fact]
    public async Task A_command_says_with_which_code_it_fails() =>
        Assert.Equal(
            ExitCode.NothingToActOn,
            await TryAsync(() => new CommandException(ExitCode.NothingToActOn, "no session is recorded", "start one")));

    [Fact]
    public async Task What_nobody_expected_has_no_stack_trace_unless_asked_for()
    {
        Assert.Equal(ExitCode.Failed, await TryAsync(() => new InvalidOperationException("oops")));
        Assert.Equal(
            "session-recorder: error: unexpected failure: InvalidOperationException: oops; run it again with --verbose and report this\n",
            _run.Error);

        await TryAsync(() => new InvalidOperationException("oops"), "--verbose");
        Assert.Contains("   at SessionRecorder.", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_command_fails_with_code_1()
    {
        Assert.Equal(ExitCode.Failed, await TryAsync(() => new OperationCanceledException()));
        Assert.Equal("session-recorder: error: interrupted before it was done\n", _run.Error);
    }

    [Theory]
    [InlineData("15s", 15)]
    [InlineData("1m30s", 90)]
    [InlineData("00:00:05", 5)]
    public async Task A_duration_is_taken_in_the_configurations_notation(string text, double seconds)
    {
        TimeSpan? given = null;
        var command = new TryCommand((context, _) =>
        {
            given = context.Arguments.GetValue(TryCommand.Timeout);
            return Task.FromResult(ExitCode.Done);
        });

        Assert.Equal(ExitCode.Done, await _run.RunAsync([command], "try", "--timeout", text));
        Assert.Equal(TimeSpan.FromSeconds(seconds), given);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("-5s")]
    [InlineData("15")]
    [InlineData("soon")]
    [InlineData("2h")]
    public async Task A_duration_that_is_none_or_out_of_range_is_a_usage_error_that_says_what_is_allowed(string text)
    {
        var command = new TryCommand((_, _) => throw new InvalidOperationException("must not be run"));

        Assert.Equal(ExitCode.Usage, await _run.RunAsync([command], "try", "--timeout", text));
        Assert.Equal(
            $"session-recorder: error: --timeout '{text}' must be a duration such as 500ms, 15s, 1m30s, 1h or 00:01:30, from 1s to 1h; "
                + "see 'session-recorder try --help'\n",
            _run.Error);
    }

    [Fact]
    public async Task An_option_that_is_not_given_leaves_its_default_to_the_command()
    {
        var command = new TryCommand((context, _) =>
            Task.FromResult(context.Arguments.GetValue(TryCommand.Timeout) is null ? ExitCode.Done : ExitCode.Failed));

        Assert.Equal(ExitCode.Done, await _run.RunAsync([command], "try"));
        await _run.RunAsync([command], "try", "--help");
        Assert.Contains("[default: 50s]", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_lines_go_to_standard_error_and_only_with_verbose()
    {
        var command = new TryCommand((context, _) =>
        {
            context.Loggers.CreateLogger("A.B").LogDebug("a log line");
            return Task.FromResult(ExitCode.Done);
        });

        await _run.RunAsync([command], "try");
        Assert.Equal("", _run.Error);
        await _run.RunAsync([command], "try", "--verbose");
        Assert.EndsWith(" Debug B: a log line\n", _run.Error, StringComparison.Ordinal);
        Assert.Equal("", _run.Out);
    }

    private Task<int> TryAsync(Func<Exception> failure, params string[] options) =>
        _run.RunAsync([new TryCommand((_, _) => throw failure())], ["try", .. options]);
}
