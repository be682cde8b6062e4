using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Asks a listener, once, whether it speaks the X protocol. For one thread at a time.</summary>
/// <remarks>
/// The question names a version that no server has. So each refuses, whatever it thinks of keys, and none counts a client:
/// a server that resets after its last one is left in peace.
/// </remarks>
internal sealed class XProbe : IDisposable
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const ushort Protocol = 11;
    private const int AnswerLength = 8;
    private const byte Authenticate = 2;

    private static readonly byte[] _question = [(byte)'l', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly byte[] _answer = new byte[AnswerLength];
    private int _length;

    /// <param name="socket">A connection that does not block; the probe's from here on.</param>
    public XProbe(Socket socket)
    {
        Socket = socket;
        try
        {
            socket.Send(_question);
        }
        catch (SocketException)
        {
            HasEnded = true;
        }
    }

    public Socket Socket { get; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_since);

    /// <summary>Whether an X server has answered.</summary>
    public bool Speaks { get; private set; }

    /// <summary>Whether nothing more is to be expected.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes what has come.</summary>
    public void Read()
    {
        try
        {
            while (!HasEnded)
            {
                var read = Socket.Receive(_answer.AsSpan(_length));
                _length += read;
                if (read == 0 || _length == AnswerLength)
                {
                    (HasEnded, Speaks) = (true, _length == AnswerLength && IsOfServer(_answer));
                }
            }
        }
        catch (SocketException e)
        {
            // Nothing has come yet, or it closed the connection.
            HasEnded = e.SocketErrorCode != SocketError.WouldBlock || Age > Patience;
        }
    }

    /// <summary>Waits until every one has ended, or for that long.</summary>
    public static void Wait(IReadOnlyCollection<XProbe> probes, TimeSpan longest)
    {
        var since = Stopwatch.GetTimestamp();
        while (probes.Where(probe => !probe.HasEnded).Select(probe => probe.Socket).ToList() is { Count: > 0 } waiting
            && longest - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } left)
        {
            Socket.Select(waiting, null, null, left);
            foreach (var probe in probes)
            {
                probe.Read();
            }
        }
    }

    public void Dispose() => Socket.Dispose();

    /// <summary>Failed and Success carry the protocol's version; Authenticate has no more than its code.</summary>
    private static bool IsOfServer(ReadOnlySpan<byte> answer) =>
        answer[0] == Authenticate || (answer[0] < Authenticate && BinaryPrimitives.ReadUInt16LittleEndian(answer[2..]) == Protocol);
}
