using System.Runtime.Versioning;

namespace SessionRecorder.Plugins;

/// <summary>A Linux instance: variables in two profile scripts, which are parsed and never run.</summary>
/// <param name="root">The root folder; another in tests.</param>
/// <param name="owner">Whose files are believed: root's, save in tests.</param>
[SupportedOSPlatform("linux")]
internal sealed class LinuxAppStream(string root, uint owner = 0) : IAppStreamMachine
{
    private readonly string _userFile = Path.Combine(root, "etc/profile.d/appstream_user_vars.sh");
    private readonly string _machineFile = Path.Combine(root, "etc/profile.d/appstream_system_vars.sh");
    private readonly string _folder = Path.Combine(root, "opt/appstream");

    public bool IsAppStream() => RootFile.IsFolder(_folder, owner) || ReadMachine().ContainsKey(AppStreamVariables.ResourceType);

    public IReadOnlyDictionary<string, string> ReadMachine() => Read(_machineFile, AppStreamVariables.OfMachine);

    public VariableSet ReadUser(UserSession session) =>
        new(Read(_userFile, AppStreamVariables.OfUser), IsTrusted: true);

    public string? ReadContext(UserSession session) =>
        Read(_machineFile, [AppStreamVariables.SessionContext]).GetValueOrDefault(AppStreamVariables.SessionContext)
        ?? Read(_userFile, [AppStreamVariables.SessionContext]).GetValueOrDefault(AppStreamVariables.SessionContext);

    private Dictionary<string, string> Read(string file, IReadOnlyCollection<string> names) =>
        RootFile.Read(file, owner) is { } text ? ProfileScript.Parse(text, names) : [];
}
