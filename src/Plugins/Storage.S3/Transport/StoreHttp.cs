using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>The HTTP client of a sink: one pool of connections, with this sink's limits and trust. Thread-safe.</summary>
internal sealed class StoreHttp(IOptions<S3StorageOptions> options, TransferLimits limits, ServerClock clock) : HttpClientFactory, IDisposable
{
    private readonly Lock _lock = new();
    private HttpClient? _client;

    /// <summary>Gives the one client. The first call reads the certificate authorities.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Invalid"/>: the file with the authorities is of no use.</exception>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        lock (_lock)
        {
            return _client ??= NewClient();
        }
    }

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    public void Dispose() => _client?.Dispose();

    private HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = limits.Connect,
            AllowAutoRedirect = false,
            // A bucket's address changes while a session lasts.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.Value.CaFile is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(file) };
        }

        // Each request has a watch of its own: no limit holds for small and large ones alike.
        return new HttpClient(new StoreHandler(clock, handler)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static X509ChainPolicy Trust(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw Unusable(file, $"could not be read: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw Unusable(file, "holds no certificate");
    }

    private static StorageException Unusable(string file, string reason) => new(
        $"the file with the certificate authorities, '{file}', {reason}",
        StorageFailure.Invalid,
        isTransient: false,
        remedy: "Set the sink's CaFile to a readable PEM file with the authority's certificate.");

    private sealed class StoreHandler(ServerClock clock, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private const long SmallBody = 64 * 1024;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content?.Headers.ContentLength <= SmallBody)
            {
                // A refused "Expect: 100-continue" whose small body HttpClient sends all the same leaves some stores
                // (radosgw) taking that body for the next request of the connection. Large ones close the connection.
                request.Headers.ExpectContinue = false;
            }

            var response = await base.SendAsync(request, cancellationToken);
            clock.Observe(response);
            return response;
        }
    }
}
