namespace SessionRecorder.Host.Sessions.Windows;

/// <summary>How a user's SID is found.</summary>
internal interface IWindowsAccounts
{
    /// <summary>The SID of who is logged on in a session, from its token: LocalSystem alone may ask. Null where it is refused.</summary>
    string? OfToken(int session);

    /// <summary>The SID of an account by its name; may ask a domain controller. Null where it is not known.</summary>
    string? OfName(string user, string? domain);
}

/// <summary>Remembers SIDs: sessions are looked at every other second, and a domain controller is not to be. Thread-safe.</summary>
internal sealed class SessionAccounts(IWindowsAccounts accounts, TimeProvider time)
{
    /// <summary>How long a SID that could not be had is not asked for again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Session, string User, string? Domain), (string? Sid, long AskedAt)> _known = [];

    /// <summary>The SID of a session's user; null where it cannot be had now.</summary>
    public string? Find(int session, string user, string? domain)
    {
        lock (_lock)
        {
            var key = (session, user, domain);
            if (_known.TryGetValue(key, out var known) && (known.Sid is not null || time.GetElapsedTime(known.AskedAt) < Patience))
            {
                return known.Sid;
            }

            var sid = accounts.OfToken(session) ?? accounts.OfName(user, domain);
            _known[key] = (sid, time.GetTimestamp());
            return sid;
        }
    }
}
