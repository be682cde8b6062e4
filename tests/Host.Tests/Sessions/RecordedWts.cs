using SessionRecorder.Host.Sessions.Windows;

namespace SessionRecorder.Tests.Sessions;

/// <summary>WTS with recorded answers.</summary>
internal sealed class RecordedWts : IWtsApi, IWindowsAccounts
{
    public List<WtsSession> Rows { get; set; } = [];

    public Dictionary<int, WtsLock> Locks { get; } = [];

    public Dictionary<int, string> Tokens { get; } = [];

    public Dictionary<string, string> Names { get; } = [];

    public Exception? Failure { get; set; }

    /// <summary>How often an account was asked for by its name.</summary>
    public int NameQuestions { get; private set; }

    public int OwnSession { get; set; } = 1;

    public (string User, string Domain) OwnUser { get; set; } = ("root", "DESK-1");

    public Action? OnChange { get; private set; }

    /// <summary>A Remote Desktop host as it answers: services, console, listener, users in every state.</summary>
    public static RecordedWts Host() => new()
    {
        Rows =
        [
            new(0, WtsState.Disconnected, "", ""),
            new(1, WtsState.Connected, "", ""),
            new(2, WtsState.Active, "ada", "CORP"),
            new(3, WtsState.Disconnected, "Grace Hopper", "CORP"),
            new(11, WtsState.Active, "Łukasz Żółć 山田", "DESK-1"),
            new(65536, WtsState.Listen, null, null),
            new(65537, WtsState.Listen, "", ""),
        ],
        Locks = { [2] = WtsLock.Unlocked, [3] = WtsLock.Locked, [11] = WtsLock.Unlocked },
        Tokens = { [2] = "S-1-5-21-1-2-3-1001", [3] = "S-1-5-21-1-2-3-1002", [11] = "S-1-5-21-9-9-9-500" },
    };

    public WindowsSessionReader Reader(TimeProvider? time = null) => new(this, new SessionAccounts(this, time ?? TimeProvider.System));

    public IReadOnlyList<WtsSession> Enumerate() => Failure is null ? [.. Rows] : throw Failure;

    public WtsLock? QueryLock(int session) => Locks.TryGetValue(session, out var state) ? state : null;

    public List<int> LoggedOff { get; } = [];

    public void LogOff(int session)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        LoggedOff.Add(session);
    }

    public IDisposable Listen(Action onChange)
    {
        OnChange = onChange;
        return new MemoryStream();
    }

    public string? OfToken(int session) => Tokens.GetValueOrDefault(session);

    public string? OfName(string user, string? domain)
    {
        NameQuestions++;
        return Names.GetValueOrDefault($@"{domain}\{user}");
    }
}
