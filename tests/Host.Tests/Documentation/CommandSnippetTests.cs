using System.Text.RegularExpressions;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Deployment;
using SessionRecorder.Tests.Plugins;

namespace SessionRecorder.Tests.Documentation;

/// <summary>What a reader types after the documentation is a command line that the program understands.</summary>
public sealed partial class CommandSnippetTests : IDisposable
{
    // Only the Windows program has these.
    private static readonly string[] WindowsOptions = ["--service", "--psexec"];

    private readonly TestHost _host = new();

    public static TheoryData<string, string> Lines => [.. Find().Select(found => new TheoryDataRow<string, string>(found.Page, found.Line))];

    public static TheoryData<string, string> Installers =>
    [
        .. from page in Markdown.Pages
           from block in page.Blocks()
           from line in Joined(block.Lines)
           where line.Contains("install.ps1 -", StringComparison.Ordinal)
           select new TheoryDataRow<string, string>(page.Name, line),
    ];

    public void Dispose() => _host.Dispose();

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_command_line_is_understood(string page, string line)
    {
        var services = new CommandServices(
            new CommandConsole(TextWriter.Null, TextWriter.Null, IsTerminal: false), TimeProvider.System, _ => _host, TrustPolicy.Off);

        var arguments = Arguments(line);
        var parsed = CommandLine.Parse(arguments, services, CommandLine.Definitions);

        // `session-recorder show` in the text names the command alone.
        if (arguments.Length == 1 && parsed.CommandResult.Command.Name == arguments[0] && parsed.UnmatchedTokens.Count == 0)
        {
            return;
        }

        Assert.True(parsed.Errors.Count == 0, $"{page}: {line}: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
    }

    [Theory]
    [MemberData(nameof(Installers))]
    public void The_installer_for_Windows_has_the_parameters_that_it_is_given(string page, string line)
    {
        var script = File.ReadAllText(Path.Combine(Repository.Folder, "deploy", "install.ps1"));
        var known = Parameter().Matches(script[..script.IndexOf("$ErrorActionPreference", StringComparison.Ordinal)]).Select(match => match.Groups[1].Value);

        var given = GivenParameter().Matches(line).Select(match => match.Groups[1].Value).ToArray();

        Assert.NotEmpty(given);
        Assert.True(given.All(known.Contains), $"{page}: {line}");
    }

    [Fact]
    public void There_are_lines_to_look_at()
    {
        Assert.True(Lines.Count > 40, $"only {Lines.Count} lines were found");
        Assert.NotEmpty(Installers);
    }

    /// <summary>The lines in blocks of code that call the program, and what stands as `session-recorder …` in the text.</summary>
    private static IEnumerable<(string Page, string Line)> Find() =>
        Markdown.Pages.SelectMany(page => page.Blocks()
                .SelectMany(block => Joined(block.Lines))
                .Concat(page.Text().SelectMany(line => InText().Matches(line)).Select(match => match.Groups[1].Value))
                .Where(line => Program().IsMatch(line) && !line.Contains('…', StringComparison.Ordinal))
                .Select(line => (page.Name, line.Trim())))
            .Distinct();

    private static IEnumerable<string> Joined(string[] lines) =>
        string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal).Replace("`\n", " ", StringComparison.Ordinal).Split('\n');

    private static string[] Arguments(string line)
    {
        var words = Word().Matches(Comment().Replace(Program().Replace(line, ""), "")).Select(match => match.Value.Trim('"', '\'')).ToList();
        var end = words.FindIndex(word => word is "|" or ">" or "&&" or ";");
        words = end < 0 ? words : words[..end];
        if (OperatingSystem.IsWindows() || !words.Contains("install"))
        {
            return [.. words];
        }

        return [.. words.Where((word, i) => !WindowsOptions.Contains(word) && (i == 0 || words[i - 1] != "--psexec"))];
    }

    [GeneratedRegex(@"^\s*(sudo )?(& ')?(\./|/opt/session-recorder/|C:\\Program Files\\SessionRecorder\\)?session-recorder(\.bat'|\.exe|\.bat)?( |$)(?!--?$)")]
    private static partial Regex Program();

    [GeneratedRegex(@"`(session-recorder(?:\.exe)? [^`]+)`")]
    private static partial Regex InText();

    [GeneratedRegex(@"\s+#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'|\\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\[\w+\] \$(\w+)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@" -([A-Z]\w+)")]
    private static partial Regex GivenParameter();
}
