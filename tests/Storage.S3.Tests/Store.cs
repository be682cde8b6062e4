using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace SessionRecorder.Tests;

/// <summary>The S3 server that all tests share, with an administrator's client. Tests are skipped where there can be none.</summary>
public sealed class Store : IAsyncLifetime
{
    private S3Server? _server;
    private AmazonS3Client? _admin;

    public S3Server Server
    {
        get
        {
            Assert.SkipWhen(_server is null, "an S3 server needs root on Linux, or SESSION_RECORDER_TEST_S3_ENDPOINT");
            return _server;
        }
    }

    /// <summary>Looks at the buckets past the sink.</summary>
    public IAmazonS3 Admin => _admin ??= NewClient(Server.User);

    public async ValueTask InitializeAsync() => _server = await S3Server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _admin?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    public AmazonS3Client NewClient(S3User user) => new(
        new BasicAWSCredentials(user.AccessKey, user.SecretKey),
        new AmazonS3Config { ServiceURL = Server.Endpoint.AbsoluteUri, AuthenticationRegion = Server.Region, ForcePathStyle = true });

    /// <summary>A new bucket of the main user, or of another.</summary>
    public async Task<string> NewBucketAsync(bool locks = false, S3User? owner = null)
    {
        var bucket = $"test-{Guid.NewGuid():N}";
        using var client = NewClient(owner ?? Server.User);
        await client.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = locks });
        return bucket;
    }

    /// <summary>Lets the other user do certain things with a bucket's objects.</summary>
    public Task AllowOtherAsync(string bucket, params string[] actions) => AllowAsync(bucket, "other", actions);

    /// <summary>Lets a user do certain things with a bucket and its objects, and nothing else, be they its own.</summary>
    public async Task AllowAsync(string bucket, string user, params string[] actions)
    {
        var list = List(actions);
        // Said, for whoever stores an object owns it here and may read it.
        var denied = List(["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:DeleteObject", "s3:AbortMultipartUpload"], but: actions);
        await Admin.PutBucketPolicyAsync(bucket, $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/{{user}}"]},
             "Action":[{{list}}],"Resource":["arn:aws:s3:::{{bucket}}","arn:aws:s3:::{{bucket}}/*"]},
             {"Effect":"Deny","Principal":{"AWS":["arn:aws:iam:::user/{{user}}"]},
             "Action":[{{denied}}],"Resource":["arn:aws:s3:::{{bucket}}","arn:aws:s3:::{{bucket}}/*"]}]}
            """);
    }

    private static string List(IEnumerable<string> actions, params string[] but) =>
        string.Join(',', actions.Except(but).Select(action => $"\"{action}\""));
}
