using System.Diagnostics;
using System.Runtime.Versioning;
using SessionRecorder.Host.Processes;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>What listens at a display's place.</summary>
/// <param name="Number">The display.</param>
/// <param name="Process">The process; null where it is not to be seen.</param>
/// <param name="Owner">Its user.</param>
[SupportedOSPlatform("linux")]
internal sealed record XListener(int Number, LinuxProcess? Process, uint Owner)
{
    public static XListener Of(XServer server) => new(server.Number, server.Process, server.Owner);
}

/// <summary>What is known of a listener. Not thread-safe.</summary>
/// <param name="server">The server that it may be.</param>
/// <param name="isTrusted">Whether it need not be asked.</param>
[SupportedOSPlatform("linux")]
internal sealed class XListenerState(XServer server, bool isTrusted)
{
    /// <summary>After how long one that was silent is asked again: a server may have been stopped, or was about to begin anew.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    private long? _silentSince;

    public XServer Server { get; } = server;

    /// <summary>The question that is open; null where none is.</summary>
    public XProbe? Probe { get; private set; }

    public XAnswer Answer { get; private set; } = isTrusted ? XAnswer.Speaks : XAnswer.Silent;

    /// <summary>When it was found to speak, among others; 0 before that.</summary>
    public long Turn { get; set; }

    /// <summary>Whether it was never asked before.</summary>
    public bool IsNew => _silentSince is null;

    public bool IsToBeAsked => Probe is null && Answer != XAnswer.Speaks
        && (_silentSince is not { } since || Stopwatch.GetElapsedTime(since) > Rest);

    /// <summary>Asks, if it is still this listener that is reached.</summary>
    /// <param name="peer">Taken over; null where nobody is.</param>
    public void Ask(XPeer? peer)
    {
        if (peer?.Socket is { } socket && peer.Owner == Server.Owner && LinuxProcess.Find(peer.ProcessId) == Server.Process)
        {
            Probe = new XProbe(socket);
            return;
        }

        peer?.Dispose();
    }

    /// <summary>Looks at the answer.</summary>
    /// <returns>Whether the listener was found to be silent.</returns>
    public bool Settle()
    {
        Probe?.Read();
        if (Probe is not { HasEnded: true })
        {
            return false;
        }

        (Answer, _silentSince) = Probe.Speaks ? (XAnswer.Speaks, (long?)null) : (XAnswer.Silent, Stopwatch.GetTimestamp());
        Forget();
        return Answer == XAnswer.Silent;
    }

    public void Forget()
    {
        Probe?.Dispose();
        Probe = null;
    }
}
