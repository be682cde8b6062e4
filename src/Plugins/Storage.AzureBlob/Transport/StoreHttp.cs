using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>The HTTP client of a sink: one pool of connections, with this sink's limits and trust. Thread-safe.</summary>
internal sealed class StoreHttp(IOptions<AzureBlobOptions> options, TransferLimits limits, ServerClock clock) : IDisposable
{
    private readonly Lock _lock = new();
    private HttpClientTransport? _transport;

    /// <summary>What requests to the store go through. The first call reads the certificate authorities.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Invalid"/>: the file with the authorities is of no use.</exception>
    public HttpPipelineTransport Transport
    {
        get
        {
            lock (_lock)
            {
                return _transport ??= new HttpClientTransport(NewClient());
            }
        }
    }

    public void Dispose() => _transport?.Dispose();

    private HttpClient NewClient()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = limits.Connect,
            AllowAutoRedirect = false,
            UseCookies = false,
            // An account's address changes while a session lasts.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (options.Value.CaFile is { } file)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(file) };
        }

        // Each request has a watch of its own: no limit holds for small and large ones alike.
        return new HttpClient(new ObservingHandler(clock, handler)) { Timeout = Timeout.InfiniteTimeSpan };
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
            throw Unusable(file, $"could not be read: {AzureFailures.OneLine(e.Message)}");
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw Unusable(file, "holds no certificate");
    }

    private static StorageException Unusable(string file, string reason) => new(
        $"the file with the certificate authorities, '{file}', {reason}",
        StorageFailure.Invalid,
        isTransient: false,
        remedy: "Set the sink's CaFile to a readable PEM file with the authority's certificate.");

    private sealed class ObservingHandler(ServerClock clock, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            clock.Observe(response);
            return response;
        }
    }
}
