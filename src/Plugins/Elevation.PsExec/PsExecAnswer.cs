using System.Globalization;
using System.Text.RegularExpressions;

namespace SessionRecorder.Plugins;

/// <summary>What PsExec said: which process it started, or why it did not.</summary>
/// <remarks>
/// With <c>-d</c> PsExec's exit code is the id of the process that it started, and else an error of the system: 5 may be a
/// process or "access is denied". So its text decides, <c>… started on HOST with process ID 1234.</c>, which is English on
/// every Windows; the exit code tells the cause only where that line is missing, for the causes' text is translated.
/// </remarks>
internal static partial class PsExecAnswer
{
    private const int MostText = 300;

    private static readonly Cause[] Causes =
    [
        new("EULA", [], "its licence terms were not accepted", IsTransient: false, FailureScope.Host,
            "Run PsExec64.exe once with -accepteula as the account that the recorder runs as; PsExec of this version ignores it otherwise."),
        new("creating key file|network name cannot be found", [67, 53], "the administrative share ADMIN$ of this machine cannot be reached", IsTransient: false, FailureScope.Host,
            "Start the service 'Server' (LanmanServer) and allow the share ADMIN$, or use the launcher 'service', which needs neither."),
        new("specified session|session name|session .*not found|no such session", [7022], "there is no such session any more", IsTransient: false, FailureScope.Session,
            "Start when a user is logged on; `query session` lists the sessions."),
        new("establishing communication|communicating with PsExec|deriving session key|Timeout accessing", [], "it could not talk to its service PSEXESVC", IsTransient: true, FailureScope.Host,
            "Remove what an earlier run left (`sc.exe delete PSEXESVC`), use PsExec 2.34 or newer, and see whether a virus scanner blocks it."),
        new("marked for deletion", [1072], "its service PSEXESVC of an earlier run is still being removed", IsTransient: true, FailureScope.Host,
            "Close whatever shows the list of services, and start again."),
        new("access is denied", [5], "it was denied access", IsTransient: false, FailureScope.Host,
            "Start the recorder as SYSTEM or as an elevated administrator."),
        new("logon failure", [1326], "it could not log on", IsTransient: false, FailureScope.Host,
            "Start the recorder as SYSTEM or as an elevated administrator of this machine."),
        new("install PSEXESVC|start PSEXESVC|starting PSEXESVC", [], "it could not install or start its service PSEXESVC", IsTransient: false, FailureScope.Host,
            "Start the recorder as SYSTEM or as an elevated administrator, and see whether a policy or a virus scanner blocks the service."),
        new("cannot find the (file|path) specified", [2, 3], "it does not find the recorder's own program", IsTransient: false, FailureScope.Host,
            "Install the recorder on a local drive that SYSTEM can read."),
        new("blocked by|group policy|virus", [1260, 225], "a policy or a virus scanner of this machine blocks it", IsTransient: false, FailureScope.Host,
            "Allow PsExec and its service PSEXESVC, or use the launcher 'service', which needs neither."),
    ];

    /// <summary>The id of the process that was started; null when none was.</summary>
    public static int? FindProcessId(string text) =>
        Started().Matches(text) is [.., var last]
        && int.TryParse(last.Groups["id"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : null;

    /// <summary>Why nothing was started.</summary>
    public static ElevationException ToFailure(int exitCode, string text, string session)
    {
        var cause = Array.Find(Causes, c => Regex.IsMatch(text, c.Text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant))
            ?? Array.Find(Causes, c => c.ExitCodes.Contains(exitCode));
        var said = Said(text);
        var quoted = said.Length == 0 ? "" : $" and the words '{said}'";
        return new ElevationException(
            $"PsExec did not start the agent in session {session}: {cause?.Description ?? "it gave no cause that is known"}"
                + $" (exit code {exitCode}{quoted})",
            cause?.Scope ?? FailureScope.Host,
            cause?.IsTransient ?? true,
            cause?.Remedy ?? "Run the same PsExec by hand: `PsExec64.exe -i 1 -s cmd.exe`.");
    }

    /// <summary>The end of what it said, on one line: what comes before is its progress.</summary>
    private static string Said(string text)
    {
        var line = Spaces().Replace(text, " ").Trim();
        return line.Length > MostText ? $"…{line[^MostText..]}" : line;
    }

    [GeneratedRegex(@"\bstarted on \S.* with process ID (?<id>[0-9]{1,10})\.", RegexOptions.CultureInvariant)]
    private static partial Regex Started();

    [GeneratedRegex(@"[\s\p{C}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Spaces();

    /// <param name="Text">What PsExec's words match, in English.</param>
    /// <param name="ExitCodes">The system's errors that mean the same.</param>
    private sealed record Cause(
        string Text, int[] ExitCodes, string Description, bool IsTransient, FailureScope Scope, string Remedy);
}
