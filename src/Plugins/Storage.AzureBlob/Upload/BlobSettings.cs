using Azure;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Says how an object is to be kept: tier, tags, protection, and its hash. Thread-safe.</summary>
internal sealed class BlobSettings(IOptions<AzureBlobOptions> options, TimeProvider time)
{
    /// <summary>The metadata with the SHA-256 of the whole object, by which it is known again without being read.</summary>
    public const string HashName = "sha256";

    /// <summary>The index tag of temporary objects.</summary>
    public const string TemporaryTag = "session-recorder";

    private const string TailFolder = "/tail/";

    private readonly AzureBlobOptions _options = options.Value;

    public BlobUploadOptions ForPut(StoragePut put) => new()
    {
        HttpHeaders = new BlobHttpHeaders { ContentType = put.ContentType },
        Metadata = MetadataOf(put),
        Tags = TagsOf(put),
        AccessTier = TierOf(put),
        ImmutabilityPolicy = PolicyOf(put),
        LegalHold = HoldOf(put),
        Conditions = ConditionOf(put),
    };

    /// <param name="put">What is stored.</param>
    /// <param name="md5">The MD5 of the whole: the store keeps it for others to compare with.</param>
    /// <param name="onlyIfAbsent">Whether nothing may lie under the key yet, if that is not to be replaced.</param>
    public CommitBlockListOptions ForCommit(StoragePut put, byte[] md5, bool onlyIfAbsent) => new()
    {
        HttpHeaders = new BlobHttpHeaders { ContentType = put.ContentType, ContentHash = md5 },
        Metadata = MetadataOf(put),
        Tags = TagsOf(put),
        AccessTier = TierOf(put),
        ImmutabilityPolicy = PolicyOf(put),
        LegalHold = HoldOf(put),
        Conditions = onlyIfAbsent ? ConditionOf(put) : null,
    };

    /// <summary>What will be rewritten (the manifest of a running session) or only bridges the time to the next segment is kept plainly: no lock, no tier with a longest time.</summary>
    private static bool IsKeptPlainly(StoragePut put) =>
        !put.IsFinal || put.IsTemporary || put.Key[..(put.Key.LastIndexOf('/') + 1)].EndsWith(TailFolder, StringComparison.Ordinal);

    private static BlobRequestConditions? ConditionOf(StoragePut put) =>
        put.Replace ? null : new BlobRequestConditions { IfNoneMatch = ETag.All };

    private Dictionary<string, string> MetadataOf(StoragePut put) => new(_options.Metadata) { [HashName] = put.Sha256 };

    private Dictionary<string, string>? TagsOf(StoragePut put)
    {
        if (put.IsTemporary)
        {
            return _options.MarkTemporary ? new() { [TemporaryTag] = "temporary" } : null;
        }

        return _options.Tags.Count > 0 ? new(_options.Tags) : null;
    }

    private AccessTier? TierOf(StoragePut put)
    {
        // Nulls are typed: a bare one would become an AccessTier of a null text.
        AccessTier? configured = _options.AccessTier switch
        {
            BlobTier.Hot => AccessTier.Hot,
            BlobTier.Cool => AccessTier.Cool,
            BlobTier.Cold => AccessTier.Cold,
            _ => default(AccessTier?),
        };
        return IsKeptPlainly(put) ? default(AccessTier?) : configured;
    }

    private BlobImmutabilityPolicy? PolicyOf(StoragePut put) => _options.Immutability == BlobProtection.None || IsKeptPlainly(put)
        ? null
        : new BlobImmutabilityPolicy
        {
            PolicyMode = _options.Immutability == BlobProtection.Locked ? BlobImmutabilityPolicyMode.Locked : BlobImmutabilityPolicyMode.Unlocked,
            ExpiresOn = time.GetUtcNow().AddDays(_options.RetentionDays!.Value),
        };

    private bool? HoldOf(StoragePut put) => _options.LegalHold && !IsKeptPlainly(put) ? true : null;
}
