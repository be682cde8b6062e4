using System.Runtime.Versioning;
using SessionRecorder.Host.Processes;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Where one display's server listens.</summary>
/// <param name="Number">The display.</param>
/// <param name="Path">The socket's file; the socket without a file has the same name behind a NUL.</param>
/// <param name="Listening">The sockets that listen under either name, in any container that shares this network.</param>
/// <param name="FileOwner">Whose the socket's file is; null where there is none.</param>
[SupportedOSPlatform("linux")]
internal sealed record XPlace(int Number, string Path, IReadOnlyList<ListeningSocket> Listening, uint? FileOwner)
{
    /// <summary>Connects as libxcb does: to the name without a file first, unless that is a server of a container.</summary>
    /// <param name="folder">The folder by which a container is told from this machine.</param>
    /// <returns>Who listens, the caller's to dispose of; null where nobody does.</returns>
    public XPeer? Reach(string folder)
    {
        var byFile = FileOwner is null ? null : XPeer.Ask(Path);
        if (!Listening.Any(socket => socket.IsAbstract) || XPeer.Ask($"\0{Path}") is not { } peer)
        {
            return byFile;
        }

        var isOurs = peer.IsFull
            ? byFile is null or { IsFull: true }
            : byFile?.ProcessId == peer.ProcessId || LinuxProcess.Find(peer.ProcessId)?.Sees(folder) == true;
        (isOurs ? byFile : peer)?.Dispose();
        return isOurs ? peer : byFile;
    }

    /// <summary>Whether a server that was met here still runs and listens, by whatever name.</summary>
    public bool IsHeldBy(XServer server) =>
        server.Process is { IsAlive: true } process && process.HoldsAnyOf(Listening.Select(socket => socket.Link).ToHashSet());
}
