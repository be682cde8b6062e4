namespace SessionRecorder.Host.Policy;

/// <summary>Knows which groups a session's user is in.</summary>
internal interface IUserGroups
{
    /// <summary>The user's groups, nested ones included as far as the system tells.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The groups; null where the system could not be asked.</returns>
    IReadOnlyList<UserGroup>? Of(UserSession session);
}

/// <summary>Where nobody can be asked: then nobody is excepted by a group, and all are recorded.</summary>
internal sealed class UnknownGroups : IUserGroups
{
    public IReadOnlyList<UserGroup>? Of(UserSession session) => null;
}

/// <summary>A group.</summary>
/// <param name="Name">Its name without a domain.</param>
/// <param name="Domain">Its domain or machine; null on Linux, and for a machine's own groups.</param>
internal readonly record struct UserGroup(string Name, string? Domain);
