using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Opens the account's container with the credentials configured. Thread-safe.</summary>
internal sealed class AccountOpener(IOptions<AzureBlobOptions> options, StoreHttp http)
{
    private readonly AzureBlobOptions _options = options.Value;

    /// <summary>Opens it; a file with credentials is read anew.</summary>
    /// <exception cref="StorageException">The credentials are of no use.</exception>
    public async Task<OpenedContainer> OpenAsync(CancellationToken cancellationToken)
    {
        if (_options.ConnectionString is { } connection)
        {
            return Open(connection, "the configuration");
        }

        if (_options.Sas is { } sas)
        {
            return Open(sas, "the configuration");
        }

        return _options.CredentialsFile is { } file
            ? Open(await ReadAsync(file, cancellationToken), $"'{file}'")
            : OpenWithIdentity();
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                $"the file with the credentials, '{file}', could not be read: {AzureFailures.OneLine(e.Message)}",
                StorageFailure.Credentials,
                isTransient: true,
                remedy: "Write a connection string, a SAS or an address with one into the sink's CredentialsFile, readable by the recorder alone.",
                innerException: e);
        }
    }

    private OpenedContainer Open(string secret, string source)
    {
        try
        {
            if (secret.Contains("AccountName=", StringComparison.OrdinalIgnoreCase) || secret.Contains("SharedAccessSignature=", StringComparison.OrdinalIgnoreCase))
            {
                var service = new BlobServiceClient(secret, ClientOptions());
                return new(service.GetBlobContainerClient(_options.Container), $"the connection string of account {service.AccountName}, from {source}", null);
            }

            var (address, signature) = SharedAccess.Parse(secret, _options.AccountUrl);
            if (address is not null && signature.IsWhole)
            {
                var uri = new UriBuilder(Trim(_options.AccountUrl ?? address)) { Query = signature.Query };
                uri.Path = $"{uri.Path.TrimEnd('/')}/{_options.Container}";
                return new(new BlobContainerClient(uri.Uri, ClientOptions()), $"{signature.Description}, from {source}", signature);
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            // Its message may repeat what was given; neither it nor the exception is passed on.
        }

        throw new StorageException(
            $"what {source} gives is neither a connection string nor a SAS for a known account",
            StorageFailure.Credentials,
            isTransient: _options.CredentialsFile is not null,
            remedy: "Give a connection string; or a SAS (it has sv=, sp= and sig=) with the sink's AccountUrl; or an address with a SAS.");
    }

    /// <summary>An address with a SAS often names the container too; which one it is, the options say.</summary>
    private Uri Trim(Uri address) => address.AbsolutePath.TrimEnd('/').EndsWith('/' + _options.Container, StringComparison.Ordinal)
        ? new Uri(address, address.AbsolutePath.TrimEnd('/')[..^_options.Container.Length])
        : address;

    private OpenedContainer OpenWithIdentity()
    {
        var address = new Uri($"{_options.AccountUrl!.AbsoluteUri.TrimEnd('/')}/{_options.Container}");
        var (credential, description) = NewCredential();
        return new(new BlobContainerClient(address, credential, ClientOptions()), description, null);
    }

    private (TokenCredential Credential, string Description) NewCredential()
    {
        var id = _options.ManagedIdentityClientId?.ToString("D");
        TokenCredential managed = new ManagedIdentityCredential(Once(
            new ManagedIdentityCredentialOptions(id is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(id))));
        var managedText = id is null ? "this machine's managed identity" : $"the managed identity {id}";
        return _options.Identity switch
        {
            AzureIdentity.ManagedIdentity => (managed, managedText),
            AzureIdentity.Workload => (Workload(), "the workload's identity"),
            AzureIdentity.Environment => (new EnvironmentCredential(Once(new EnvironmentCredentialOptions())), "the client in the environment"),
            _ => (
                new ChainedTokenCredential(new EnvironmentCredential(Once(new EnvironmentCredentialOptions())), Workload(), managed),
                $"the client in the environment, the workload's identity or {managedText}"),
        };
    }

    private static WorkloadIdentityCredential Workload() => new(Once(new WorkloadIdentityCredentialOptions()));

    private static T Once<T>(T options)
        where T : ClientOptions
    {
        // The host retries.
        options.Retry.MaxRetries = 0;
        options.Diagnostics.IsLoggingEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        return options;
    }

    private BlobClientOptions ClientOptions()
    {
        var client = Once(new BlobClientOptions());
        client.Transport = http.Transport;
        client.Retry.NetworkTimeout = Timeout.InfiniteTimeSpan;
        client.AddPolicy(new ContentMd5Policy(), HttpPipelinePosition.PerCall);
        client.AddPolicy(new CommittedBlocksPolicy(), HttpPipelinePosition.PerCall);
        return client;
    }
}

/// <summary>A container that can be asked.</summary>
/// <param name="Client">The SDK's client.</param>
/// <param name="Description">Which credentials it uses, without any of their values.</param>
/// <param name="Signature">The SAS it uses; null where it uses none.</param>
internal sealed record OpenedContainer(BlobContainerClient Client, string Description, SharedAccess? Signature);
