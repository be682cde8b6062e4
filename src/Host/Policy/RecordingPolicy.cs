namespace SessionRecorder.Host.Policy;

/// <summary>Decides whether a session is recorded.</summary>
/// <remarks>
/// In doubt it is: who cannot be looked up in a group is recorded, for what was not recorded is gone and what was can be
/// deleted.
/// </remarks>
internal sealed class RecordingPolicy(PolicyOptions options, IUserGroups groups)
{
    /// <summary>Why a session is not recorded; null when it is.</summary>
    /// <param name="session">The session.</param>
    /// <param name="platform">The platform's name.</param>
    public string? ReasonAgainst(UserSession session, string platform)
    {
        if (options.Platforms.Count > 0 && NamePattern.FirstMatch(options.Platforms, platform, null) is null)
        {
            return $"the policy records on {string.Join(", ", options.Platforms)}, and this is {platform}";
        }

        if (NamePattern.FirstMatch(options.ExceptUsers, session.User, session.Domain) is { } pattern)
        {
            return $"the policy excepts the user {session.User} (ExceptUsers: {pattern})";
        }

        var memberships = new Lazy<IReadOnlyList<UserGroup>?>(() => groups.Of(session));
        if (FirstGroup(options.ExceptGroups, memberships) is { IsKnown: true, Pattern: { } group })
        {
            return $"the policy excepts the user {session.User} (ExceptGroups: {group})";
        }

        if ((options.Users.Count == 0 && options.Groups.Count == 0)
            || NamePattern.FirstMatch(options.Users, session.User, session.Domain) is not null
            || FirstGroup(options.Groups, memberships) is { IsKnown: false } or { Pattern: not null })
        {
            return null;
        }

        return $"the policy's Users and Groups do not name the user {session.User}";
    }

    private static (bool IsKnown, string? Pattern) FirstGroup(List<string> patterns, Lazy<IReadOnlyList<UserGroup>?> memberships)
    {
        if (patterns.Count == 0)
        {
            return (true, null);
        }

        return memberships.Value is { } known
            ? (true, known.Select(group => NamePattern.FirstMatch(patterns, group.Name, group.Domain)).FirstOrDefault(match => match is not null))
            : (false, null);
    }
}
