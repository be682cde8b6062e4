using Azure;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>
/// Talks to the store: one attempt for each call, watched for stalls, every failure mapped. Made when first used, for
/// credentials and network may come later than the program. Thread-safe.
/// </summary>
internal sealed class ContainerConnection(
    IOptions<AzureBlobOptions> options, AccountOpener opener, ServerClock clock, TransferLimits limits, TimeProvider time)
{
    private readonly AzureBlobOptions _options = options.Value;
    private readonly Lock _lock = new();
    private OpenedContainer? _opened;

    /// <summary>Where objects go, for people: <c>azure://container/prefix/ at host</c>.</summary>
    public string Place => $"azure://{_options.Container}/{Prefix}{(Host is { } host ? $" at {host}" : "")}";

    /// <summary>The store's host, as far as it is known; null before its first use where a secret names it.</summary>
    public string? Host
    {
        get
        {
            lock (_lock)
            {
                return (_opened?.Client.Uri ?? _options.AccountUrl)?.Authority;
            }
        }
    }

    /// <summary>Whether requests go over plain http, which notices no damage.</summary>
    public bool IsPlain
    {
        get
        {
            lock (_lock)
            {
                return (_opened?.Client.Uri ?? _options.AccountUrl)?.Scheme == "http";
            }
        }
    }

    /// <summary>What every name in the container begins with; ends with a slash, or is empty.</summary>
    public string Prefix { get; } = options.Value.KeyPrefix.TrimEnd('/') is { Length: > 0 } prefix ? prefix + "/" : "";

    /// <summary>Calls the store once.</summary>
    /// <param name="action">What fails when it fails, as <c>'key' could not be stored in azure://container</c>.</param>
    /// <param name="key">The key concerned; null where the whole store is.</param>
    /// <param name="call">The call; it passes the watch's token on and tells it what moves.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">It failed.</exception>
    public Task<T> CallAsync<T>(
        string action, string? key, Func<BlobContainerClient, StallWatch, Task<T>> call, CancellationToken cancellationToken) =>
        WatchAsync(action, key, async watch => await call((await OpenAsync(watch.Token)).Client, watch), cancellationToken);

    /// <summary>Does anything that waits for the store, watched, and maps its failure.</summary>
    /// <exception cref="StorageException">It failed.</exception>
    public async Task<T> WatchAsync<T>(
        string action, string? key, Func<StallWatch, Task<T>> work, CancellationToken cancellationToken)
    {
        using var watch = new StallWatch(limits.Stall, time, cancellationToken);
        try
        {
            return await work(watch);
        }
        catch (Exception e) when (e is not StorageException && !cancellationToken.IsCancellationRequested)
        {
            var failure = watch.IsStalled
                ? AzureFailures.Stalled(action, key, limits.Stall, e)
                : AzureFailures.Map(e, action, key, new(_options, Host, clock.Offset, Signature(), time.GetUtcNow()));
            if (failure.Failure is StorageFailure.Credentials or StorageFailure.Denied)
            {
                Forget();
            }

            throw failure;
        }
        catch (Exception e) when (e is not OperationCanceledException and not StorageException)
        {
            // The SDK has other names for it too.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    /// <summary>The credentials used.</summary>
    /// <exception cref="StorageException">There are none.</exception>
    public Task<OpenedContainer> OpenForCheckAsync(CancellationToken cancellationToken) =>
        WatchAsync($"no credentials for {Place}", null, watch => OpenAsync(watch.Token), cancellationToken);

    private SharedAccess? Signature()
    {
        lock (_lock)
        {
            return _opened?.Signature;
        }
    }

    /// <summary>A file with credentials may have been rewritten: it is read again next time.</summary>
    private void Forget()
    {
        if (_options.CredentialsFile is not null)
        {
            lock (_lock)
            {
                _opened = null;
            }
        }
    }

    private async Task<OpenedContainer> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_opened is { } known)
            {
                return known;
            }
        }

        var opened = await opener.OpenAsync(cancellationToken);
        lock (_lock)
        {
            return _opened ??= opened;
        }
    }
}
