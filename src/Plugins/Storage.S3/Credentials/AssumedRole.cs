using Amazon;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace SessionRecorder.Plugins;

/// <summary>The temporary credentials of a role, renewed before they end.</summary>
/// <remarks>The SDK's own class cannot be given an address, a certificate authority or a limit of time.</remarks>
internal sealed class AssumedRole : RefreshingAWSCredentials
{
    private static readonly TimeSpan LongestAhead = TimeSpan.FromMinutes(5);

    private readonly AWSCredentials _credentials;
    private readonly AmazonSecurityTokenServiceConfig _config;
    private readonly S3StorageOptions _options;

    public AssumedRole(AWSCredentials credentials, S3StorageOptions options, string region, StoreHttp http)
    {
        _config = new AmazonSecurityTokenServiceConfig
        {
            HttpClientFactory = http,
            MaxErrorRetry = 0,
            MaxStaleConnectionRetries = 0,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
        if (options.AssumeRoleEndpoint is { } endpoint)
        {
            _config.ServiceURL = endpoint.AbsoluteUri;
            _config.AuthenticationRegion = region;
        }
        else
        {
            _config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        _credentials = credentials;
        _options = options;
        PreemptExpiryTime = options.AssumeRoleDuration / 4 < LongestAhead ? options.AssumeRoleDuration / 4 : LongestAhead;
    }

    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        using var tokens = new AmazonSecurityTokenServiceClient(CredentialSource.Fix(await _credentials.GetCredentialsAsync()), _config);
        var answer = await tokens.AssumeRoleAsync(new AssumeRoleRequest
        {
            RoleArn = _options.AssumeRoleArn,
            RoleSessionName = _options.AssumeRoleSessionName,
            ExternalId = _options.AssumeRoleExternalId,
            DurationSeconds = (int)_options.AssumeRoleDuration.TotalSeconds,
        });
        var given = answer.Credentials;
        return new CredentialsRefreshState(
            new ImmutableCredentials(given.AccessKeyId, given.SecretAccessKey, given.SessionToken), given.Expiration!.Value);
    }
}
