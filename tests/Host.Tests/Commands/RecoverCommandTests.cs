using System.Text.Json;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;
using SessionRecorder.Tests.Plugins;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Commands;

/// <summary>What <c>recover</c> tells of sessions that another process has in hand.</summary>
public sealed class RecoverCommandTests : IDisposable
{
    private readonly PluginFolder _folder = new();
    private readonly CommandRun _run = new();
    private readonly SpoolRoot _spool;

    public RecoverCommandTests() => _spool = new SpoolRoot(Path.Combine(_folder.Path, "data"), TrustPolicy.Off);

    public void Dispose()
    {
        _run.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_session_that_another_process_delivers_is_told_of_and_is_not_passed_off_as_delivered()
    {
        using var held = _spool.Create(TestSpool.Document("in-hand"));

        Assert.Equal(ExitCode.NotDelivered, await RecoverAsync());

        Assert.Contains("session in-hand stays in the spool: another process holds it", _run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing was left behind", _run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_it_is_among_the_sessions_and_not_delivered()
    {
        using var held = _spool.Create(TestSpool.Document("in-hand"));

        await RecoverAsync("--json");

        var session = Assert.Single(JsonDocument.Parse(_run.Out).RootElement.EnumerateArray());
        Assert.Equal("in-hand", session.GetProperty("sessionId").GetString());
        Assert.False(session.GetProperty("delivered").GetBoolean());
    }

    [Fact]
    public async Task An_empty_spool_is_nothing_left_behind()
    {
        Assert.Equal(ExitCode.Done, await RecoverAsync());

        Assert.Equal("nothing was left behind\n", _run.Out);
    }

    private Task<int> RecoverAsync(params string[] options)
    {
        var config = Path.Combine(_folder.Path, "recorder.json");
        File.WriteAllText(config, JsonSerializer.Serialize(new { DataDirectory = Path.Combine(_folder.Path, "data"), PluginDirectory = _folder.Path }));
        return _run.RunAsync([new RecoverCommand()], ["recover", "--config", config, .. options]);
    }
}
