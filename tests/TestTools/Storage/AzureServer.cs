namespace SessionRecorder.TestTools.Storage;

/// <summary>A real Azure Blob server: the one that the environment names, or Azurite as <c>scripts/azurite-server</c> sets it up.</summary>
/// <remarks>
/// An existing one is named by SESSION_RECORDER_TEST_AZURE_ENDPOINT (<c>https://account.blob.core.windows.net</c>),
/// …_ACCOUNT and …_ACCOUNT_KEY; what only the script's server has (TLS by a private authority, another account) is then null.
/// The one over TLS takes tokens too.
/// </remarks>
public sealed class AzureServer : StoreServer
{
    private AzureServer(ServerSettings settings)
        : base(settings)
    {
    }

    public string Account => Get("ACCOUNT")!;

    public string AccountKey => Get("ACCOUNT_KEY")!;

    /// <summary>Another account of the same server, and its key.</summary>
    public (string Account, string Key)? Other =>
        Get("OTHER_ACCOUNT") is { } account && Get("OTHER_ACCOUNT_KEY") is { } key ? (account, key) : null;

    /// <summary>Finds the one in the environment, or starts the script's. Null where neither can be.</summary>
    /// <exception cref="IOException">The script failed.</exception>
    public static async Task<AzureServer?> StartAsync() =>
        await FindAsync("AZURE", "azurite-server", needsRoot: false, "ACCOUNT", "ACCOUNT_KEY") is { } settings ? new AzureServer(settings) : null;
}
