using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SessionRecorder.TestTools.Network;

/// <summary>Forwards TCP connections to a port of this machine and does to them what networks do. Thread-safe.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile ArmedFault? _fault;
    private int _connections;
    private int _hits;

    /// <summary>Begins to listen.</summary>
    /// <param name="target">The port on loopback that connections go to.</param>
    public FaultProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections there have been.</summary>
    public int Connections => _connections;

    /// <summary>How many times a fault has struck.</summary>
    public int Hits => _hits;

    /// <summary>What goes wrong from now on; null for nothing. Bytes are counted from when it is set.</summary>
    public Fault? Fault
    {
        get => _fault?.Fault;
        set => _fault = value is null ? null : new ArmedFault(value);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                Interlocked.Increment(ref _connections);
                relays.RemoveAll(relay => relay.IsCompleted);
                relays.Add(RelayAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(relays);
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        using (client)
        {
            try
            {
                if (_fault is { Fault.Kind: FaultKind.Refuse } refusing && Strikes(refusing))
                {
                    Reset(client);
                    return;
                }

                await server.ConnectAsync(IPAddress.Loopback, _target, broken.Token);
                var requests = new Requests();
                await Task.WhenAll(
                    PumpAsync(client, server, isUp: true, requests, broken), PumpAsync(server, client, isUp: false, requests, broken));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                Reset(client);
                Reset(server);
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isUp, Requests requests, CancellationTokenSource broken)
    {
        var buffer = new byte[32 * 1024];
        ArmedFault? counted = null;
        long passed = 0;
        try
        {
            while (await from.ReceiveAsync(buffer, broken.Token) is > 0 and var count)
            {
                var fault = _fault;
                passed = ReferenceEquals(fault, counted) ? passed : 0;
                counted = fault;
                if (isUp && fault?.Fault.Request is { } text && Encoding.ASCII.GetString(buffer, 0, count).Contains(text, StringComparison.Ordinal))
                {
                    requests.Concerned = fault;
                }

                if (fault is not null
                    && (fault.Fault.Request is null || ReferenceEquals(requests.Concerned, fault))
                    && Concerns(fault.Fault, isUp, buffer, passed, count)
                    && Strikes(fault))
                {
                    if (fault.Fault is { Kind: FaultKind.Answer, Answer: { } answer })
                    {
                        await AnswerAsync(from, answer, broken.Token);
                    }

                    await StrikeAsync(fault.Fault, buffer, passed, broken.Token);
                }

                passed += count;
                await to.SendAsync(buffer.AsMemory(0, count), broken.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await broken.CancelAsync();
            throw;
        }
    }

    private static bool Concerns(Fault fault, bool isUp, byte[] buffer, long passed, int count) => fault.Kind switch
    {
        // "100 Continue" is no answer yet.
        FaultKind.LoseReply => !isUp && !buffer.AsSpan(0, 10).SequenceEqual("HTTP/1.1 1"u8),
        FaultKind.Refuse => isUp,
        FaultKind.StallReply => !isUp && fault.AfterBytes < passed + count,
        _ => isUp && fault.AfterBytes < passed + count,
    };

    private static async Task StrikeAsync(Fault fault, byte[] buffer, long passed, CancellationToken ended)
    {
        switch (fault.Kind)
        {
            case FaultKind.FlipBit:
                // Beyond that byte where it strikes a connection for the second time.
                buffer[Math.Max(0, fault.AfterBytes - passed)] ^= 1;
                break;
            case FaultKind.Stall or FaultKind.StallReply:
                await Task.Delay(Timeout.Infinite, ended);
                break;
            default:
                throw new SocketException((int)SocketError.ConnectionReset);
        }
    }

    /// <summary>Answers in the server's place, and takes what is still being sent, so that the answer is read.</summary>
    private static async Task AnswerAsync(Socket client, string answer, CancellationToken ended)
    {
        await client.SendAsync(Encoding.ASCII.GetBytes(answer), ended);
        client.Shutdown(SocketShutdown.Send);
        var rest = new byte[32 * 1024];
        while (await client.ReceiveAsync(rest, ended) > 0)
        {
        }
    }

    private bool Strikes(ArmedFault fault)
    {
        if (Interlocked.Increment(ref fault.Chances) <= fault.Fault.Skip || Interlocked.Decrement(ref fault.Left) < 0)
        {
            return false;
        }

        Interlocked.Increment(ref _hits);
        return true;
    }

    private static void Reset(Socket socket)
    {
        // A lingering time of zero sends a reset instead of a proper end.
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    /// <summary>What one connection's client has asked for.</summary>
    private sealed class Requests
    {
        /// <summary>The fault whose <see cref="Network.Fault.Request"/> was seen last.</summary>
        public volatile ArmedFault? Concerned;
    }

    private sealed class ArmedFault(Fault fault)
    {
        public int Left = fault.Times;
        public int Chances;

        public Fault Fault => fault;
    }
}

/// <summary>What goes wrong.</summary>
/// <param name="Kind">What.</param>
/// <param name="AfterBytes">After how many bytes in the direction concerned on one connection; the flipped one comes next.</param>
/// <param name="Times">How many times; what comes after that is left alone.</param>
/// <param name="Skip">How many chances to strike it lets pass first.</param>
public sealed record Fault(FaultKind Kind, long AfterBytes = 0, int Times = int.MaxValue, int Skip = 0)
{
    /// <summary>
    /// A part of a request's first kilobytes, its method and address say, from which on a connection is concerned; null for all.
    /// Answers come in pieces, so counting them with <see cref="Skip"/> tells no request from another.
    /// </summary>
    public string? Request { get; init; }

    /// <summary>What is answered.</summary>
    public string? Answer { get; private init; }

    /// <summary>An error as S3 answers it.</summary>
    public static Fault S3Error(int status, string code, int times)
    {
        var body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>";
        return new Fault(FaultKind.Answer, Times: times)
        {
            Answer = $"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}",
        };
    }
}

/// <summary>What a network does to a connection.</summary>
public enum FaultKind
{
    /// <summary>It is reset as soon as it is made.</summary>
    Refuse,

    /// <summary>It is reset in the middle of what is sent.</summary>
    Reset,

    /// <summary>Nothing passes any more, and nobody says so.</summary>
    Stall,

    /// <summary>As <see cref="Stall"/>, on the way back.</summary>
    StallReply,

    /// <summary>The server gets and does everything; the connection is reset instead of its answer.</summary>
    LoseReply,

    /// <summary>Somebody else answers instead of the server, which hears nothing.</summary>
    Answer,

    /// <summary>One bit of what is sent arrives as its opposite.</summary>
    FlipBit,
}
