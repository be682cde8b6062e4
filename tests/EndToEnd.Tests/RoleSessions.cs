using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace SessionRecorder.Tests;

/// <summary>Temporary credentials of a role that a real token service gives, as each of AWS's ways hands them out. Thread-safe.</summary>
/// <param name="server">The store, which is the token service too.</param>
/// <param name="life">How long each lives.</param>
internal sealed class RoleSessions(S3Server server, TimeSpan life)
{
    private readonly Lock _lock = new();
    private Credentials? _current;

    /// <summary>All that were handed out; secrets, which belong into no log.</summary>
    public ConcurrentQueue<Credentials> Given { get; } = [];

    /// <summary>As the instance metadata service tells them: the same ones until two fifths of their life are left.</summary>
    public string DescribeForInstance()
    {
        lock (_lock)
        {
            if (_current is null || _current.Expiration!.Value.ToUniversalTime() - DateTime.UtcNow < life * 0.4)
            {
                _current = Assume();
            }

            return JsonSerializer.Serialize(new
            {
                Code = "Success", LastUpdated = Text(DateTime.UtcNow), Type = "AWS-HMAC",
                _current.AccessKeyId, _current.SecretAccessKey, Token = _current.SessionToken, Expiration = Text(_current.Expiration!.Value),
            });
        }
    }

    /// <summary>As a <c>credential_process</c> prints new ones.</summary>
    public string DescribeForProcess()
    {
        var given = Assume();
        return JsonSerializer.Serialize(new
        {
            Version = 1, given.AccessKeyId, given.SecretAccessKey, given.SessionToken, Expiration = Text(given.Expiration!.Value),
        });
    }

    /// <summary>As a file of shared credentials has new ones.</summary>
    public string DescribeForFile(string profile)
    {
        var given = Assume();
        return $"[{profile}]\naws_access_key_id = {given.AccessKeyId}\naws_secret_access_key = {given.SecretAccessKey}\naws_session_token = {given.SessionToken}\n";
    }

    private Credentials Assume()
    {
        using var tokens = new AmazonSecurityTokenServiceClient(
            new BasicAWSCredentials(server.User.AccessKey, server.User.SecretKey),
            new AmazonSecurityTokenServiceConfig { ServiceURL = server.Endpoint.AbsoluteUri, AuthenticationRegion = server.Region });
        var answer = tokens.AssumeRoleAsync(
            new AssumeRoleRequest { RoleArn = server.RoleArn, RoleSessionName = "test", DurationSeconds = (int)life.TotalSeconds }).GetAwaiter().GetResult();
        Given.Enqueue(answer.Credentials);
        return answer.Credentials;
    }

    private static string Text(DateTime moment) => moment.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
