using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>
/// Talks to the store: one attempt for each call, watched for stalls, every failure mapped. Made when first used, for
/// credentials and network may come later than the program. Thread-safe.
/// </summary>
internal sealed class S3Connection(
    IOptions<S3StorageOptions> options,
    CredentialChain chain,
    StoreHttp http,
    ServerClock clock,
    TransferLimits limits,
    TimeProvider time)
{
    private readonly S3StorageOptions _options = options.Value;
    private readonly Lock _lock = new();
    private Opened? _opened;

    /// <summary>The bucket's name.</summary>
    public string Bucket => _options.Bucket;

    /// <summary>Where objects go, for people: <c>s3://bucket/prefix/ at host</c>.</summary>
    public string Place => $"s3://{Bucket}/{Prefix}{(_options.Endpoint is { } endpoint ? $" at {endpoint.Authority}" : "")}";

    /// <summary>What every key in the bucket begins with; ends with a slash, or is empty.</summary>
    public string Prefix { get; } = options.Value.KeyPrefix.TrimEnd('/') is { Length: > 0 } prefix ? prefix + "/" : "";

    /// <summary>Calls the store once.</summary>
    /// <param name="action">What fails when it fails, as <c>'key' could not be stored in s3://bucket</c>.</param>
    /// <param name="key">The key concerned; null where the whole store is.</param>
    /// <param name="call">The call; it passes the watch's token on and tells it what moves.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">It failed.</exception>
    public Task<T> CallAsync<T>(
        string action, string? key, Func<IAmazonS3, StallWatch, Task<T>> call, CancellationToken cancellationToken) =>
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
                ? S3Failures.Stalled(action, key, limits.Stall, e)
                : S3Failures.Map(e, action, key, _options, clock.Offset);
            LearnFrom(failure, e);
            throw failure;
        }
        catch (StorageException e)
        {
            // Of the credentials: a role is assumed with a signed request too.
            LearnFrom(e, e.InnerException);
            throw;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The SDK has other names for it too.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    /// <summary>Which credentials are used, without any of their values.</summary>
    /// <exception cref="StorageException">There are none.</exception>
    public async Task<string> DescribeCredentialsAsync(CancellationToken cancellationToken) => await WatchAsync(
        $"no credentials for {Place}",
        null,
        async watch => (await OpenAsync(watch.Token)).Credentials.Description,
        cancellationToken);

    private void LearnFrom(StorageException failure, Exception? cause)
    {
        if (S3Failures.IsClockSkew(cause))
        {
            clock.Correct();
        }
        else if (failure.Failure == StorageFailure.Credentials)
        {
            // Read again next time: the file may have been rewritten, the role's session may have ended early.
            lock (_lock)
            {
                _opened?.Credentials.Forget();
                _opened = null;
            }
        }
    }

    private async Task<Opened> OpenAsync(CancellationToken cancellationToken)
    {
        Opened? opened;
        lock (_lock)
        {
            opened = _opened;
        }

        var source = opened?.Credentials ?? await Task.Run(chain.Resolve, cancellationToken).WaitAsync(cancellationToken);
        var values = await source.GetAsync(cancellationToken);
        if (opened is not null && values.Equals(opened.Values))
        {
            return opened;
        }

        opened = new Opened(new AmazonS3Client(CredentialSource.Fix(values), Configure(source.Region)), source, values);
        lock (_lock)
        {
            return _opened = opened;
        }
    }

    private AmazonS3Config Configure(string region)
    {
        var config = new AmazonS3Config
        {
            HttpClientFactory = http,
            ForcePathStyle = _options.PathStyle,
            // The host retries.
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = Timeout.InfiniteTimeSpan,
            BufferSize = 64 * 1024,
            // Uploads carry a SHA-256 of their own; nothing else needs one.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (_options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        return config;
    }

    private sealed record Opened(IAmazonS3 Client, CredentialSource Credentials, ImmutableCredentials Values);
}
