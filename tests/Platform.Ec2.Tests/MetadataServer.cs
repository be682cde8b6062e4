using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace SessionRecorder.Tests;

/// <summary>An instance metadata service that knows version 2 alone, on this machine. Thread-safe.</summary>
internal sealed class MetadataServer : IAsyncDisposable
{
    private const string TokenHeader = "X-aws-ec2-metadata-token";
    private const string LifeHeader = "X-aws-ec2-metadata-token-ttl-seconds";

    private readonly HttpListener _listener = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new();
    private readonly Task _serving;

    public MetadataServer(int? port = null)
    {
        Endpoint = new Uri($"http://127.0.0.1:{port ?? FreePort()}/");
        _listener.Prefixes.Add(Endpoint.AbsoluteUri);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Endpoint { get; }

    public string InstanceId { get; set; } = "i-0123456789abcdef0";

    /// <summary>The tags; null where the instance does not show them.</summary>
    public Dictionary<string, string>? Tags { get; set; }

    /// <summary>The document; null for a good one.</summary>
    public string? Document { get; set; }

    /// <summary>The credentials of the instance's role, as the service describes them; null where the instance has no role.</summary>
    public Func<string>? Credentials { get; set; }

    /// <summary>What every answer is, whatever was asked; null to serve.</summary>
    public HttpStatusCode? Always { get; set; }

    /// <summary>Where every request is sent on to; null to serve.</summary>
    public Uri? Redirection { get; set; }

    /// <summary>Every request, <c>METHOD path</c>, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                Requests.Enqueue($"{context.Request.HttpMethod} {context.Request.RawUrl}");
                var (status, text) = Answer(context.Request);
                context.Response.StatusCode = (int)status;
                if (Redirection is not null)
                {
                    context.Response.RedirectLocation = Redirection.AbsoluteUri;
                }

                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private (HttpStatusCode Status, string Text) Answer(HttpListenerRequest request)
    {
        if (Redirection is not null)
        {
            return (HttpStatusCode.TemporaryRedirect, "");
        }

        if (Always is { } always)
        {
            return (always, "");
        }

        var path = request.Url!.AbsolutePath;
        if (request.HttpMethod == "PUT" && path == "/latest/api/token")
        {
            // The real one refuses a request that came through a proxy.
            if (!int.TryParse(request.Headers[LifeHeader], out var life) || life is < 1 or > 21600 || request.Headers["X-Forwarded-For"] is not null)
            {
                return (HttpStatusCode.BadRequest, "");
            }

            var token = RandomNumberGenerator.GetHexString(40);
            _tokens[token] = DateTimeOffset.UtcNow.AddSeconds(life);
            return (HttpStatusCode.OK, token);
        }

        if (!_tokens.TryGetValue(request.Headers[TokenHeader] ?? "", out var end) || end < DateTimeOffset.UtcNow)
        {
            return (HttpStatusCode.Unauthorized, "");
        }

        const string Role = "recorder-role";
        const string RolePath = "/latest/meta-data/iam/security-credentials";
        const string TagPath = "/latest/meta-data/tags/instance";
        return path switch
        {
            _ when request.HttpMethod != "GET" => (HttpStatusCode.MethodNotAllowed, ""),
            "/latest/dynamic/instance-identity/document" => (HttpStatusCode.OK, Document
                ?? $$"""{"instanceId":"{{InstanceId}}","region":"eu-west-2","accountId":"123456789012","instanceType":"t3.large","pendingTime":"x","billingProducts":null}"""),
            RolePath or RolePath + "/" when Credentials is not null => (HttpStatusCode.OK, Role),
            RolePath + "/" + Role when Credentials is { } give => (HttpStatusCode.OK, give()),
            "/latest/meta-data/iam/info" when Credentials is not null => (HttpStatusCode.OK,
                """{"Code":"Success","LastUpdated":"2026-11-23T00:00:00Z","InstanceProfileArn":"arn:aws:iam::123456789012:instance-profile/recorder","InstanceProfileId":"AIPAEXAMPLE"}"""),
            TagPath when Tags is not null => (HttpStatusCode.OK, string.Join('\n', Tags.Keys)),
            _ when path.StartsWith(TagPath + "/", StringComparison.Ordinal) && Tags?.TryGetValue(Uri.UnescapeDataString(path[(TagPath.Length + 1)..]), out var value) == true =>
                (HttpStatusCode.OK, value),
            _ => (HttpStatusCode.NotFound, ""),
        };
    }
}
