using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;

namespace SessionRecorder.Tests;

/// <summary>The server that all tests share, with the account owner's client. Tests are skipped where there can be none.</summary>
public sealed class Store : IAsyncLifetime
{
    private AzureServer? _server;

    public AzureServer Server
    {
        get
        {
            Assert.SkipWhen(_server is null, "an Azure Blob server needs Linux, or SESSION_RECORDER_TEST_AZURE_ENDPOINT");
            return _server;
        }
    }

    public async ValueTask InitializeAsync() => _server = await AzureServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>A new container, seen past the sink with its owner's key.</summary>
    public async Task<BlobContainerClient> NewContainerAsync(Uri? account = null)
    {
        var container = Open($"test-{Guid.NewGuid():N}", account);
        await container.CreateAsync();
        return container;
    }

    public BlobContainerClient Open(string container, Uri? account = null) => new(
        new Uri($"{(account ?? Server.Endpoint).AbsoluteUri.TrimEnd('/')}/{container}"),
        new StorageSharedKeyCredential(Server.Account, Server.AccountKey),
        OptionsFor(account ?? Server.Endpoint));

    /// <summary>What reaches the account through an address: directly, or through a proxy.</summary>
    public string ConnectionString(int? port = null, string? key = null) =>
        $"DefaultEndpointsProtocol={Server.Endpoint.Scheme};AccountName={Server.Account};AccountKey={key ?? Server.AccountKey};BlobEndpoint={At(port)}";

    public Uri At(int? port) => port is null ? Server.Endpoint : new UriBuilder(Server.Endpoint) { Host = "127.0.0.1", Port = port.Value }.Uri;

    /// <summary>A SAS for a container, with rights by Azure's letters.</summary>
    public string Sas(string container, string rights, TimeSpan? life = null, string? key = null)
    {
        var builder = new BlobSasBuilder
        {
            BlobContainerName = container,
            Resource = "c",
            StartsOn = DateTimeOffset.UtcNow.AddHours(-2),
            ExpiresOn = DateTimeOffset.UtcNow + (life ?? TimeSpan.FromHours(1)),
        };
        builder.SetPermissions(rights);
        return builder.ToSasQueryParameters(new StorageSharedKeyCredential(Server.Account, key ?? Server.AccountKey)).ToString();
    }

    private BlobClientOptions OptionsFor(Uri account)
    {
        var options = new BlobClientOptions();
        if (account == Server.TlsEndpoint)
        {
            // Which certificate it has is what TlsTests look at, through the sink.
            options.Transport = new Azure.Core.Pipeline.HttpClientTransport(new HttpClient(
                new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator }));
        }

        return options;
    }
}
