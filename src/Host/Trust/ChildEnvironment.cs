using System.Collections;

namespace SessionRecorder.Host.Trust;

/// <summary>Makes the environment of what this program starts with administrator rights: known variables alone.</summary>
internal static class ChildEnvironment
{
    private const string OwnPrefix = "SESSION_RECORDER_";

    /// <summary>Settings of this program; they may hold secrets, which ffmpeg has no use for.</summary>
    private const string SettingPrefix = "SESSION_RECORDER__";

    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ",
        "DISPLAY", "XAUTHORITY",

        // Windows does not work without these.
        "SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "OS", "TEMP", "TMP", "ProgramData", "ProgramFiles",
        "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "ALLUSERSPROFILE", "PUBLIC", "USERPROFILE", "USERNAME",
        "USERDOMAIN", "APPDATA", "LOCALAPPDATA", "COMPUTERNAME", "NUMBER_OF_PROCESSORS",
    };

    /// <summary>What an agent needs besides: it is this program, and delivers with the credentials of who starts it.</summary>
    private static readonly HashSet<string> KnownToAgents = new(StringComparer.OrdinalIgnoreCase)
    {
        "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    };

    private static readonly string[] AgentPrefixes = [SettingPrefix, "AWS_", "AZURE_", "AppStream_"];

    /// <summary>The environment of a tool: ffmpeg.</summary>
    /// <param name="own">This process's environment.</param>
    /// <param name="session">The session's variables, over those.</param>
    public static Dictionary<string, string> ForTool(IDictionary own, IReadOnlyDictionary<string, string> session) =>
        Make(own, session, IsKnown);

    /// <summary>The environment of an agent: this program, started in a session.</summary>
    /// <inheritdoc cref="ForTool"/>
    public static Dictionary<string, string> ForAgent(IDictionary own, IReadOnlyDictionary<string, string> session) =>
        Make(own, session, name => IsKnown(name) || KnownToAgents.Contains(name) || HasPrefix(name, AgentPrefixes));

    private static Dictionary<string, string> Make(
        IDictionary own, IReadOnlyDictionary<string, string> session, Func<string, bool> isWanted)
    {
        var made = own.Cast<DictionaryEntry>()
            .Where(variable => isWanted((string)variable.Key))
            .ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!);
        foreach (var (name, value) in session.Where(variable => !EnvironmentTrust.SteersPrograms(variable.Key)))
        {
            made[name] = value;
        }

        made["PATH"] = OperatingSystem.IsWindows() ? Environment.SystemDirectory : "/usr/sbin:/usr/bin:/sbin:/bin";
        return made;
    }

    private static bool IsKnown(string name) =>
        Known.Contains(name)
        || name.StartsWith("LC_", StringComparison.Ordinal)
        || (name.StartsWith(OwnPrefix, StringComparison.OrdinalIgnoreCase) && !HasPrefix(name, SettingPrefix));

    private static bool HasPrefix(string name, params IEnumerable<string> prefixes) =>
        prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
}
