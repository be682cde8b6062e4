using System.Buffers.Binary;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Service.Channel;

namespace SessionRecorder.Tests.Service;

/// <summary>What the service's channel lets through, and what it hangs up on.</summary>
public sealed class ChannelTests : IAsyncLifetime
{
    private readonly FakeListener _listener = new();
    private readonly FakeTimeProvider _time = new();
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;

    public ValueTask InitializeAsync()
    {
        var limits = new ServiceLimits { ConnectionsOfOne = 2, ConnectionsOfAll = 3, LongestMessage = 1000, Messages = 3 };
        _running = new ServiceServer(_listener, identify => new Echo(identify), limits, _time, NullLogger<ServiceServer>.Instance)
            .RunAsync(_end.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _time.Advance(TimeSpan.FromSeconds(5));
        await _running.WaitAsync(TimeSpan.FromSeconds(10));
        _end.Dispose();
    }

    [Fact]
    public async Task The_answer_is_made_for_whom_the_system_names()
    {
        using var client = _listener.Connect("1000");

        await SendAsync(client, Request("""{"SystemSession":":5","UserId":"0","IsAdministrator":true}"""));

        Assert.Contains("1000 asked for :5", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_with_too_many_connections_is_hung_up_on_and_others_are_not()
    {
        using var first = _listener.Connect("1000");
        using var second = _listener.Connect("1000");
        using var third = _listener.Connect("1000");
        Assert.Equal("", await ReadAsync(third));

        using var other = _listener.Connect("1001");
        await SendAsync(other, Request("{}"));
        Assert.Contains("1001 asked", await ReadAsync(other), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_places_are_taken_administrators_still_get_through()
    {
        using var first = _listener.Connect("1");
        using var second = _listener.Connect("2");
        using var third = _listener.Connect("3");
        using var fourth = _listener.Connect("4");
        Assert.Equal("", await ReadAsync(fourth));

        using var root = _listener.Connect("0", isTrusted: true);
        await SendAsync(root, Request("{}"));
        Assert.Contains("0 asked", await ReadAsync(root), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_is_free_again_when_its_holder_hangs_up()
    {
        var first = _listener.Connect("1000");
        var second = _listener.Connect("1000");
        first.Dispose();
        second.Dispose();

        for (var round = 0; ; round++)
        {
            using var again = _listener.Connect("1000");
            await SendAsync(again, Request("{}"));
            if ((await ReadAsync(again)).Contains("1000 asked", StringComparison.Ordinal))
            {
                return;
            }

            Assert.True(round < 100, "the places stay taken");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_message_that_claims_to_be_long_is_hung_up_on_before_it_comes()
    {
        using var client = _listener.Connect("1000");
        var header = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(header, 1001);
        await client.WriteAsync(header, TestContext.Current.CancellationToken);

        Assert.Equal("", await ReadAsync(client));
    }

    [Fact]
    public async Task Who_says_nothing_is_hung_up_on_after_a_while()
    {
        using var client = _listener.Connect("1000");
        await client.WriteAsync(new byte[] { 0, 0 }, TestContext.Current.CancellationToken);
        var reading = ReadAsync(client);
        for (var round = 0; round < 500 && !reading.IsCompleted; round++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.True(reading.IsCompleted);
        Assert.Equal("", await reading);
    }

    [Fact]
    public async Task After_so_many_messages_it_is_enough()
    {
        using var client = _listener.Connect("1000");
        for (var message = 0; message < 3; message++)
        {
            await SendAsync(client, Request("{}"));
            Assert.NotEqual("", await ReadAsync(client));
        }

        await SendAsync(client, Request("{}"));
        Assert.Equal("", await ReadAsync(client));
    }

    private static string Request(string arguments) =>
        $$"""{"jsonrpc":"2.0","id":1,"method":"RecordAsync","params":[{{arguments}}]}""";

    private static async Task SendAsync(Stream client, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        var message = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(message, body.Length);
        body.CopyTo(message, 4);
        try
        {
            await client.WriteAsync(message);
        }
        catch (IOException)
        {
            // It was hung up on; reading tells.
        }
    }

    /// <summary>What the service says; empty when it hangs up.</summary>
    private static async Task<string> ReadAsync(Stream client)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        try
        {
            return Encoding.UTF8.GetString(buffer, 0, await client.ReadAsync(buffer, patience.Token));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private sealed class Echo(Func<Caller?> identify) : IServiceControl
    {
        public Task<RecordAnswer> RecordAsync(RecordRequest request) =>
            Task.FromResult(RecordAnswer.No(1, $"{identify()!.UserId} asked for {request.SystemSession}"));

        public Task<OwnSessionsAnswer> GetOwnSessionsAsync() => Task.FromResult(new OwnSessionsAnswer([]));
    }

    /// <summary>Connections over real sockets, of whoever a test says.</summary>
    private sealed class FakeListener : IServiceListener
    {
        private readonly Channel<ServicePeer> _peers = Channel.CreateUnbounded<ServicePeer>();

        public Stream Connect(string user, bool isTrusted = false)
        {
            var (ours, theirs) = SocketPair.Create();
            _peers.Writer.TryWrite(new ServicePeer(theirs, user, isTrusted, () => new Caller(user, isTrusted)));
            return ours;
        }

        public Task<ServicePeer> AcceptAsync(CancellationToken cancellationToken) => _peers.Reader.ReadAsync(cancellationToken).AsTask();

        public void Dispose()
        {
        }
    }
}
