using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Finds the X servers of this machine by what listens. Thread-safe; waits a second at most, and for new listeners only.</summary>
/// <remarks>
/// The sockets' folder is everybody's: a user can remove the files of their own server and put sockets there that are none.
/// So the kernel says who listens, also without a file (proc_net_unix(5), SO_PEERCRED); what listens must speak the X protocol
/// once, unless root runs it; and a server that did is there until it stops listening or its process ends.
/// </remarks>
/// <param name="folder">Where the sockets are.</param>
/// <param name="logger">Where it is said, once a user, that something listens there that is no server.</param>
[SupportedOSPlatform("linux")]
internal sealed partial class XServers(string folder, ILogger<XServers> logger)
{
    /// <summary>Where X servers have their sockets.</summary>
    public const string SocketFolder = "/tmp/.X11-unix";

    /// <summary>How many listeners of one user are asked at the same time.</summary>
    private const int MostAtOnce = 64;

    private const uint Root = 0;

    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<XListener, XListenerState> _met = [];
    private readonly Dictionary<int, XServer> _known = [];
    private readonly HashSet<uint> _told = [];
    private long _turn;

    /// <summary>The servers, by number. One for a number: that which programs would reach.</summary>
    /// <exception cref="PlatformException">The folder cannot be read.</exception>
    public IReadOnlyList<XServer> Find()
    {
        try
        {
            lock (_lock)
            {
                return Look();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException)
        {
            // Without a descriptor left no server can be asked, and that is no word of who listens.
            throw new PlatformException(
                $"the X servers' sockets in {folder} cannot be read: {e.Message}", FailureScope.Host, isTransient: true, innerException: e);
        }
    }

    private List<XServer> Look()
    {
        var listening = ListeningSockets.Parse(File.ReadLines(ListeningSockets.ListPath), folder).ToLookup(socket => socket.Number);
        var files = Files();
        var places = listening.Select(sockets => sockets.Key).Union(files.Keys).Union(_known.Keys).Order()
            .Select(number => new XPlace(
                number, Path.Combine(folder, $"X{number}"), [.. listening[number]], files.TryGetValue(number, out var owner) ? owner : null))
            .ToList();
        var found = places.Select(place => (Place: place, Server: LookAt(place))).Where(seen => seen.Server is not null).ToList();
        Ask(found.ConvertAll(seen => (seen.Place, seen.Server!)));
        return Remember(found.ConvertAll(seen => seen.Server!));
    }

    /// <summary>The sockets' files, by display, with their owners.</summary>
    private Dictionary<int, uint> Files() => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateFileSystemEntries(folder, "X*")
            .Select(path => (Number: ListeningSockets.NumberOf(Path.GetFileName(path)), File: LinuxFile.Look(path)))
            .Where(socket => socket.Number is not null && socket.File is { IsSocket: true })
            .ToDictionary(socket => socket.Number!.Value, socket => socket.File!.Value.Owner);

    private XServer? LookAt(XPlace place)
    {
        using var peer = place.Reach(folder);
        var known = _known.GetValueOrDefault(place.Number);
        var process = peer is { IsFull: false } ? LinuxProcess.Find(peer.ProcessId) : null;
        var isOther = known is not null && (known.Process != process || known.Owner != peer?.Owner);

        // Its file is gone, its queue is full or somebody else has its place: it goes on all the same.
        if (isOther && place.IsHeldBy(known!))
        {
            return known;
        }

        return peer switch
        {
            { IsFull: false } => Meet(place.Number, process, peer.Owner),
            { IsFull: true } when place.FileOwner is { } owner => new XServer(place.Number, owner, []) { Answer = XAnswer.Full },
            _ => null,
        };
    }

    private XServer? Meet(int number, LinuxProcess? process, uint owner)
    {
        var listener = new XListener(number, process, owner);
        if (!_met.TryGetValue(listener, out var state))
        {
            var server = new XServer(number, owner, process?.ArgumentsOf(owner) ?? []) { Process = process };
            _met[listener] = state = new XListenerState(server, isTrusted: owner == Root);
        }

        return state.Server.IsOfOtherDisplay ? null : state.Server;
    }

    /// <summary>The oldest are asked first: a session's server is there before what its user can start.</summary>
    private void Ask(IReadOnlyList<(XPlace Place, XServer Server)> found)
    {
        foreach (var ofUser in found.Where(seen => seen.Server.Answer != XAnswer.Full).GroupBy(seen => seen.Server.Owner))
        {
            var states = ofUser.OrderBy(seen => AgeOf(seen.Server))
                .Select(seen => (seen.Place, State: _met[XListener.Of(seen.Server)]))
                .ToList();
            var free = MostAtOnce - states.Count(seen => seen.State.Probe is not null);
            foreach (var (place, state) in states.Where(seen => seen.State.IsToBeAsked).Take(free))
            {
                state.Ask(place.Reach(folder));
            }
        }

        var awaited = _met.Values.Where(state => state.IsNew).Select(state => state.Probe).OfType<XProbe>().Where(probe => probe.Age < FirstPatience);
        XProbe.Wait([.. awaited], FirstPatience);
    }

    private static ulong AgeOf(XServer server) => server.Process?.StartTicks ?? ulong.MaxValue;

    private List<XServer> Remember(List<XServer> found)
    {
        var listeners = found.Select(XListener.Of).ToHashSet();
        foreach (var (listener, state) in _met.ToList())
        {
            if (!listeners.Contains(listener))
            {
                state.Forget();
                _met.Remove(listener);
            }
            else if (state.Settle() && _told.Add(listener.Owner))
            {
                LogSilent(listener.Owner, state.Server.Display, XProbe.Patience.TotalSeconds);
            }
        }

        foreach (var state in _met.Values.Where(state => state is { Answer: XAnswer.Speaks, Turn: 0 }).OrderBy(state => AgeOf(state.Server)))
        {
            state.Turn = ++_turn;
        }

        found = found.ConvertAll(server => server.Answer == XAnswer.Full ? server
            : _met[XListener.Of(server)] is var state ? server with { Answer = state.Answer, Turn = state.Turn } : server);
        _known.Clear();
        foreach (var server in found.Where(server => server.Answer == XAnswer.Speaks))
        {
            _known[server.Number] = server;
        }

        return found;
    }

    [LoggerMessage(EventId = 372, Level = LogLevel.Warning, Message = "User {Owner} has something listen at display {Display} that said nothing within {Seconds} s that an X server says; until it does, it is no session. Said once a user")]
    private partial void LogSilent(uint owner, string display, double seconds);
}
