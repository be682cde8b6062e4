using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using SessionRecorder.Host.Control;

namespace SessionRecorder.Host.Service;

/// <summary>The X displays of this machine: each belongs to the user as whom its server runs, by the kernel's word.</summary>
/// <param name="folder">Where X servers have their sockets.</param>
/// <param name="time">The clock.</param>
[SupportedOSPlatform("linux")]
internal sealed class XServerSessions(string folder, TimeProvider time) : IDesktopSessions
{
    public const string SocketFolder = "/tmp/.X11-unix";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<DesktopSession>();
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder, "X*") : [])
        {
            if (int.TryParse(Path.GetFileName(path).AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && await OwnerAsync(path, cancellationToken) is { } owner)
            {
                found.Add(Describe(number, owner));
            }
        }

        return [.. found.OrderBy(session => session.SystemSession, StringComparer.Ordinal)];
    }

    public async IAsyncEnumerable<SessionChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new Dictionary<(string, string?), DesktopSession>();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            var now = (await ListAsync(cancellationToken)).ToDictionary(session => (session.SystemSession, session.UserId));
            foreach (var (key, session) in known.Where(session => !now.ContainsKey(session.Key)).ToArray())
            {
                known.Remove(key);
                yield return new SessionChange(SessionChangeKind.LoggedOff, session);
            }

            foreach (var (key, session) in now.Where(session => !known.ContainsKey(session.Key)).ToArray())
            {
                known[key] = session;
                yield return new SessionChange(SessionChangeKind.LoggedOn, session);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>The user as whom the server runs; null where none answers: one that was killed leaves its socket behind.</summary>
    private static async Task<uint?> OwnerAsync(string path, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return PeerCredentials.UserOf(socket);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static DesktopSession Describe(int number, uint owner)
    {
        var display = $":{number.ToString(CultureInfo.InvariantCulture)}";
        var id = owner.ToString(CultureInfo.InvariantCulture);
        return new DesktopSession
        {
            SystemSession = display,
            User = NameOf(id) ?? id,
            UserId = id,
            Environment = new Dictionary<string, string> { ["DISPLAY"] = display },
        };
    }

    private static string? NameOf(string userId) => File.ReadLines("/etc/passwd")
        .Select(line => line.Split(':'))
        .FirstOrDefault(fields => fields.Length > 2 && fields[2] == userId)?[0];
}
