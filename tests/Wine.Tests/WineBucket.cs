using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Storage;

namespace SessionRecorder.Tests;

/// <summary>A bucket of a real S3 server, which the Windows program stores into and another program reads.</summary>
internal sealed class WineBucket : IAsyncDisposable
{
    private const string Program = "/usr/bin/s3cmd";

    private readonly S3Server _server;
    private readonly TemporaryFolder _folder = new();
    private readonly string _name = $"wine-{Guid.NewGuid():N}";

    private WineBucket(S3Server server)
    {
        _server = server;
        var address = server.Endpoint.Authority;
        File.WriteAllText(_folder["s3cfg"], $"""
            [default]
            access_key = {server.User.AccessKey}
            secret_key = {server.User.SecretKey}
            host_base = {address}
            host_bucket = {address}
            use_https = False
            """);
    }

    /// <summary>The sink's configuration. Not over TLS: Wine accepts every certificate, so it would show nothing.</summary>
    public JsonObject Sink => new()
    {
        ["Plugin"] = "s3",
        ["Options"] = new JsonObject
        {
            ["Bucket"] = _name,
            ["Region"] = _server.Region,
            ["Endpoint"] = _server.Endpoint.AbsoluteUri,
            ["PathStyle"] = true,
            ["AccessKeyId"] = _server.User.AccessKey,
            ["SecretAccessKey"] = _server.User.SecretKey,
        },
    };

    /// <summary>Names one; it does not exist yet. Skips the test where there can be no server.</summary>
    public static async Task<WineBucket> NameAsync()
    {
        var server = await S3Server.StartAsync();
        Assert.SkipWhen(server is null, "an S3 server needs root on Linux, or SESSION_RECORDER_TEST_S3_ENDPOINT");
        Assert.SkipUnless(File.Exists(Program), $"needs {Program}");
        return new WineBucket(server);
    }

    public Task CreateAsync() => RunAsync("mb", $"s3://{_name}");

    /// <summary>Fetches all that is in it now.</summary>
    /// <returns>The sessions.</returns>
    public async Task<IReadOnlyList<RecordedSession>> FetchAsync()
    {
        var copy = _folder[Guid.NewGuid().ToString("N")];
        Directory.CreateDirectory(copy);
        await RunAsync("get", "--recursive", $"s3://{_name}/", copy + "/");
        return RecordedSession.FindAll(copy);
    }

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _server.DisposeAsync();
    }

    private Task<string> RunAsync(params string[] arguments) => Tool.RunAsync(Program, ["-c", _folder["s3cfg"], .. arguments]);
}
