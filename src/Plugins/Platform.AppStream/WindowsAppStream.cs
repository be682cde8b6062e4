namespace SessionRecorder.Plugins;

/// <summary>A Windows instance: variables in the registry.</summary>
/// <remarks>
/// The user's variables stand in the user's own hive, which the user can write. The machine's are read from the machine's
/// key and not from this process's environment, into which a user's variables of the same names go.
/// </remarks>
internal sealed class WindowsAppStream(IMachineRegistry registry) : IAppStreamMachine
{
    private const string MachineKey = @"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
    private const string UserKey = "Environment";

    public bool IsAppStream() =>
        registry.ReadMachine(MachineKey, AppStreamVariables.ResourceType) is not null
        && registry.ReadMachine(MachineKey, AppStreamVariables.ResourceName) is not null;

    public IReadOnlyDictionary<string, string> ReadMachine() =>
        Read(AppStreamVariables.OfMachine, name => registry.ReadMachine(MachineKey, name));

    public VariableSet ReadUser(UserSession session)
    {
        var sid = SidOf(session);
        return new VariableSet(
            sid is null ? new Dictionary<string, string>() : Read(AppStreamVariables.OfUser, name => registry.ReadUser(sid, UserKey, name)),
            IsTrusted: false);
    }

    public string? ReadContext(UserSession session) =>
        registry.ReadMachine(MachineKey, AppStreamVariables.SessionContext)
        ?? (SidOf(session) is { } sid ? registry.ReadUser(sid, UserKey, AppStreamVariables.SessionContext) : null);

    private string? SidOf(UserSession session) => session.UserId ?? registry.FindSid(session.User);

    private static Dictionary<string, string> Read(IEnumerable<string> names, Func<string, string?> read)
    {
        var found = new Dictionary<string, string>();
        foreach (var name in names)
        {
            if (read(name) is { } value)
            {
                found[name] = value;
            }
        }

        return found;
    }
}
