using System.Net;
using System.Text.Json;

namespace SessionRecorder.Plugins;

/// <summary>What the instance metadata service answered.</summary>
internal enum MetadataAnswer
{
    /// <summary>All that there is.</summary>
    Complete,

    /// <summary>Not yet: the service or the network may still come.</summary>
    Later,

    /// <summary>It is switched off, or this is none that knows version 2.</summary>
    Never,
}

/// <summary>Asks the instance metadata service, version 2 alone: first for a token, then with it. Thread-safe.</summary>
/// <remarks>Never through a proxy, never along a redirection: the token is for this address.</remarks>
internal sealed class InstanceMetadata : IDisposable
{
    private const string TokenHeader = "X-aws-ec2-metadata-token";
    private const string LifeHeader = "X-aws-ec2-metadata-token-ttl-seconds";
    private const string TokenLife = "60";
    private const string TagFolder = "latest/meta-data/tags/instance";
    private const int MostBytes = 64 * 1024;
    private const int MostTags = 50;
    private const int MostTagCharacters = 256;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    // The document's fields that describe the instance; the rest is of no use to who looks at a recording.
    private static readonly string[] Fields =
        ["instanceId", "region", "availabilityZone", "accountId", "instanceType", "imageId", "architecture", "privateIp"];

    private readonly HttpClient? _http;
    private readonly TimeProvider _time;

    /// <summary>Makes it; nothing is asked yet.</summary>
    /// <param name="endpoint">Where; null to ask nothing.</param>
    /// <param name="time">The clock.</param>
    public InstanceMetadata(Uri? endpoint, TimeProvider time)
    {
        _time = time;
        _http = endpoint is null ? null : new HttpClient(
            new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = ConnectTimeout })
        {
            BaseAddress = endpoint.AbsoluteUri.EndsWith('/') ? endpoint : new Uri(endpoint.AbsoluteUri + "/"),
            MaxResponseContentBufferSize = MostBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Asks once, and adds what it learns.</summary>
    /// <param name="known">Gets names and values.</param>
    /// <param name="withTags">Whether tags are asked for.</param>
    /// <param name="cancellationToken">Ends the wait; what was learnt stays.</param>
    public async Task<MetadataAnswer> ReadAsync(
        IDictionary<string, string> known, bool withTags, CancellationToken cancellationToken)
    {
        if (_http is null)
        {
            return MetadataAnswer.Never;
        }

        try
        {
            var (status, token) = await SendAsync(HttpMethod.Put, "latest/api/token", (LifeHeader, TokenLife), cancellationToken);
            if (token is null)
            {
                // Forbidden: switched off for this instance. Anything else that is no token is no version 2, or not ready.
                return status is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed
                    ? MetadataAnswer.Never
                    : MetadataAnswer.Later;
            }

            var (_, document) = await SendAsync(
                HttpMethod.Get, "latest/dynamic/instance-identity/document", (TokenHeader, token), cancellationToken);
            if (document is null || !TakeDocument(document, known))
            {
                return MetadataAnswer.Later;
            }

            return !withTags || await TakeTagsAsync(token, known, cancellationToken) ? MetadataAnswer.Complete : MetadataAnswer.Later;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return MetadataAnswer.Later;
        }
    }

    public void Dispose() => _http?.Dispose();

    private static bool TakeDocument(string json, IDictionary<string, string> known)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root)
            {
                return false;
            }

            foreach (var field in Fields)
            {
                if (root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String)
                {
                    known[field] = value.GetString()!;
                }
            }

            return InstanceId.IsValid(known.TryGetValue("instanceId", out var id) ? id : null);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Takes the tags; there are none to see, with an answer 404, unless the instance was set up to show them.</summary>
    private async Task<bool> TakeTagsAsync(string token, IDictionary<string, string> known, CancellationToken cancellationToken)
    {
        var (status, names) = await SendAsync(HttpMethod.Get, TagFolder, (TokenHeader, token), cancellationToken);
        if (names is null)
        {
            return status == HttpStatusCode.NotFound;
        }

        foreach (var name in names.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(MostTags))
        {
            var (_, value) = await SendAsync(
                HttpMethod.Get, $"{TagFolder}/{Uri.EscapeDataString(name)}", (TokenHeader, token), cancellationToken);
            if (value is { Length: <= MostTagCharacters })
            {
                known[$"tag.{name}"] = value;
            }
        }

        return true;
    }

    private async Task<(HttpStatusCode Status, string? Text)> SendAsync(
        HttpMethod method, string path, (string Name, string Value) header, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(AnswerTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        using var response = await _http!.SendAsync(request, either.Token);
        return (response.StatusCode, response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(either.Token) : null);
    }
}
