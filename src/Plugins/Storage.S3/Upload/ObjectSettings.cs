using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Puts into a request how the object is to be kept: class, encryption, lock, tags, and its hash. Thread-safe.</summary>
internal sealed class ObjectSettings(IOptions<S3StorageOptions> options, TimeProvider time)
{
    /// <summary>The user metadata with the SHA-256 of the whole object, by which it is known again without being read.</summary>
    public const string HashName = "sha256";

    private const string TailFolder = "/tail/";

    private readonly S3StorageOptions _options = options.Value;

    public void Apply(PutObjectRequest request, StoragePut put)
    {
        request.ContentType = put.ContentType;
        request.Metadata[HashName] = put.Sha256;
        request.StorageClass = ClassOf(put);
        request.ServerSideEncryptionMethod = Method;
        request.ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKeyId;
        request.TagSet = Tags;
        if (IsLocked(put))
        {
            (request.ObjectLockMode, request.ObjectLockRetainUntilDate) = Lock;
        }
    }

    public void Apply(InitiateMultipartUploadRequest request, StoragePut put)
    {
        request.ContentType = put.ContentType;
        request.Metadata[HashName] = put.Sha256;
        request.StorageClass = ClassOf(put);
        request.ServerSideEncryptionMethod = Method;
        request.ServerSideEncryptionKeyManagementServiceKeyId = _options.KmsKeyId;
        request.TagSet = Tags;
        if (IsLocked(put))
        {
            (request.ObjectLockMode, request.ObjectLockRetainUntilDate) = Lock;
        }
    }

    /// <summary>What will be rewritten (the manifest of a running session) or only bridges the time to the next segment (tail/) is never locked.</summary>
    private bool IsLocked(StoragePut put) => _options.ObjectLock != S3ObjectLock.None && put.IsFinal && !IsTemporary(put);

    /// <summary>Other classes than the standard one bill a longest time of a month or more, whenever the object is deleted.</summary>
    private S3StorageClass? ClassOf(StoragePut put) => _options.StorageClass is { } name && !IsTemporary(put) ? new S3StorageClass(name) : null;

    private static bool IsTemporary(StoragePut put) =>
        put.IsTemporary || put.Key[..(put.Key.LastIndexOf('/') + 1)].EndsWith(TailFolder, StringComparison.Ordinal);

    private ServerSideEncryptionMethod? Method => _options.Encryption switch
    {
        StoreEncryption.S3 => ServerSideEncryptionMethod.AES256,
        StoreEncryption.Kms => ServerSideEncryptionMethod.AWSKMS,
        _ => null,
    };

    private List<Tag>? Tags => _options.Tags.Count == 0
        ? null
        : [.. _options.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })];

    private (ObjectLockMode Mode, DateTime Until) Lock => (
        _options.ObjectLock == S3ObjectLock.Compliance ? ObjectLockMode.Compliance : ObjectLockMode.Governance,
        time.GetUtcNow().UtcDateTime.AddDays(_options.RetentionDays!.Value));
}
