using System.Net;
using System.Net.Sockets;

namespace SessionRecorder.Tests.Service;

/// <summary>Two ends of a connection within this machine.</summary>
internal static class SocketPair
{
    public static (Stream One, Stream Other) Create()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        var one = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        one.Connect(listener.LocalEndPoint!);
        return (new NetworkStream(one, ownsSocket: true), new NetworkStream(listener.Accept(), ownsSocket: true));
    }
}
