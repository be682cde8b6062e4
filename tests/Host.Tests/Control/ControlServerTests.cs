using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Control;

namespace SessionRecorder.Tests.Control;

/// <summary>An agent is there to record; that it can be asked comes second.</summary>
public sealed class ControlServerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("control-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_place_to_listen_that_is_taken_does_not_stop_the_agent_and_is_listened_at_once_it_is_free()
    {
        var path = ControlPath.Of(_folder, "session-1");
        Directory.CreateDirectory(Path.Combine(path, "in the way"));
        await using var server = new ControlServer(path, new StoppedAgent(), NullLogger<ControlServer>.Instance);

        Directory.Delete(path, recursive: true);

        using var patience = new CancellationTokenSource(Patience);
        ControlChannel? channel;
        while ((channel = await ControlChannel.TryConnectAsync(path, patience.Token)) is null)
        {
            await Task.Delay(50, patience.Token);
        }

        using (channel)
        {
            Assert.Equal("session-1", (await channel.StopAsync(1).WaitAsync(patience.Token)).SessionId);
        }
    }

    [Fact]
    public async Task An_agent_that_never_could_listen_ends_all_the_same()
    {
        var path = ControlPath.Of(_folder, "session-1");
        Directory.CreateDirectory(Path.Combine(path, "in the way"));
        var server = new ControlServer(path, new StoppedAgent(), NullLogger<ControlServer>.Instance);

        await server.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);

        Assert.True(Directory.Exists(path));
    }

    private sealed class StoppedAgent : IAgentControl
    {
        public Task<AgentStatus> GetStatusAsync() => throw new NotSupportedException();

        public Task<StartReport> WaitForFirstFrameAsync(double timeoutSeconds) => throw new NotSupportedException();

        public Task<StopReport> StopAsync(double timeoutSeconds) => Task.FromResult(new StopReport("session-1", true, 0, 0, 0, []));
    }
}
