using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Plugins;

/// <summary>The options of <c>storage.s3</c> (docs/configuration.md).</summary>
internal sealed class S3StorageOptions : IValidatableObject
{
    /// <summary>S3 takes no smaller parts, save the last.</summary>
    private const long SmallestPart = 5L << 20;
    private const long LargestPart = 5L << 30;
    private const int MaxTags = 10;

    /// <summary>The bucket; required. It must exist.</summary>
    [Required(ErrorMessage = "must be the name of a bucket")]
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]{2,62}", ErrorMessage = "must be the name of a bucket, not an address")]
    public string Bucket { get; set; } = "";

    /// <summary>What every key in the bucket begins with, beside the program's own <c>KeyPrefix</c>; empty for nothing.</summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>The region; by default that of the environment, the profile, or the instance.</summary>
    [RegularExpression("[a-z0-9-]+", ErrorMessage = "must be a region such as eu-central-1")]
    public string? Region { get; set; }

    /// <summary>The address of a store that is not Amazon's own; null for Amazon's in <see cref="Region"/>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Whether the bucket goes into the path of the address rather than into the host's name.</summary>
    public bool PathStyle { get; set; }

    /// <summary>The storage class, as S3 names it (<c>STANDARD_IA</c> …); null for the bucket's default.</summary>
    [RegularExpression("[A-Z0-9_]+", ErrorMessage = "must be a storage class such as STANDARD_IA")]
    public string? StorageClass { get; set; }

    /// <summary>How the store is told to encrypt objects; by default as the bucket says.</summary>
    public StoreEncryption Encryption { get; set; }

    /// <summary>The KMS key's id, alias or ARN; null for the account's own key for S3. Only with <see cref="StoreEncryption.Kms"/>.</summary>
    public string? KmsKeyId { get; set; }

    /// <summary>How objects are protected from deletion. The manifest and what lies under <c>tail/</c> never are.</summary>
    public S3ObjectLock ObjectLock { get; set; }

    /// <summary>For how many days from when it is stored an object is locked. Needed with <see cref="ObjectLock"/>.</summary>
    [Range(1, 36_500)]
    public int? RetentionDays { get; set; }

    /// <summary>Tags that every object gets; at most ten.</summary>
    public Dictionary<string, string> Tags { get; set; } = [];

    /// <summary>Objects larger than this are sent in parts of this size; 5MiB to 5GiB.</summary>
    public string PartSize { get; set; } = "16MiB";

    /// <summary>The profile to take credentials from; null for the SDK's order.</summary>
    public string? Profile { get; set; }

    /// <summary>The file with the profile, in the format of AWS's credentials or config file; an absolute path.</summary>
    public string? CredentialsFile { get; set; }

    /// <summary>Whether the credentials of the instance may be used where nothing else gives any.</summary>
    public bool AllowInstanceMetadata { get; set; } = true;

    /// <summary>An access key's id. A key in a file lives for ever; prefer a profile or a role.</summary>
    public string? AccessKeyId { get; set; }

    /// <summary>The access key's secret.</summary>
    public string? SecretAccessKey { get; set; }

    /// <summary>The token that belongs to a temporary access key.</summary>
    public string? SessionToken { get; set; }

    /// <summary>The role to assume with the credentials found; null for none.</summary>
    public string? AssumeRoleArn { get; set; }

    /// <summary>The external id that the role's trust policy asks for; null for none.</summary>
    public string? AssumeRoleExternalId { get; set; }

    /// <summary>The name of the session, as it stands in CloudTrail.</summary>
    [RegularExpression(@"[\w+=,.@-]{2,64}", ErrorMessage = "must have 2 to 64 letters, digits or +=,.@-_")]
    public string AssumeRoleSessionName { get; set; } = "session-recorder";

    /// <summary>How long the role's credentials last; they are renewed before they end.</summary>
    [Range(typeof(TimeSpan), "00:15:00", "12:00:00")]
    public TimeSpan AssumeRoleDuration { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The address that roles are assumed at; null for Amazon's in <see cref="Region"/>.</summary>
    public Uri? AssumeRoleEndpoint { get; set; }

    /// <summary>A PEM file with the certificate authorities to trust instead of the system's; an absolute path.</summary>
    public string? CaFile { get; set; }

    /// <summary><see cref="PartSize"/> in bytes.</summary>
    public long PartBytes => SizeText.TryParse(PartSize, out var bytes) ? bytes : SmallestPart;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (bool IsBroken, string Key, string Problem)[] rules =
        [
            (KeyPrefix.Length > 0 && !StorageKey.IsValid(KeyPrefix.TrimEnd('/')), nameof(KeyPrefix), "must be parts of a key with / between them"),
            (!IsAddress(Endpoint), nameof(Endpoint), "must be an http or https address without user, query or fragment"),
            (!IsAddress(AssumeRoleEndpoint), nameof(AssumeRoleEndpoint), "must be an http or https address without user, query or fragment"),
            (!SizeText.TryParse(PartSize, out var part) || part is < SmallestPart or > LargestPart, nameof(PartSize), "must be a size such as 16MiB, from 5MiB to 5GiB"),
            (KmsKeyId is not null && Encryption != StoreEncryption.Kms, nameof(KmsKeyId), "needs Encryption to be kms"),
            (ObjectLock != S3ObjectLock.None && RetentionDays is null, nameof(RetentionDays), "must be given with ObjectLock: how many days objects are locked"),
            (ObjectLock == S3ObjectLock.None && RetentionDays is not null, nameof(RetentionDays), "needs ObjectLock to be governance or compliance"),
            (Tags.Count > MaxTags || Tags.Any(t => t.Key.Length is 0 or > 128 || t.Value.Length > 256), nameof(Tags), "must be at most 10, with names of 1 to 128 and values of at most 256 characters"),
            (AccessKeyId is null != SecretAccessKey is null, AccessKeyId is null ? nameof(AccessKeyId) : nameof(SecretAccessKey), "must be given too: an access key has an id and a secret"),
            (SessionToken is not null && AccessKeyId is null, nameof(SessionToken), "needs AccessKeyId and SecretAccessKey"),
            (AccessKeyId is not null && (Profile ?? CredentialsFile) is not null, nameof(AccessKeyId), "cannot be used with Profile or CredentialsFile"),
            (AssumeRoleExternalId is not null && AssumeRoleArn is null, nameof(AssumeRoleExternalId), "needs AssumeRoleArn"),
            (AssumeRoleEndpoint is not null && AssumeRoleArn is null, nameof(AssumeRoleEndpoint), "needs AssumeRoleArn"),
            (!IsFile(CredentialsFile), nameof(CredentialsFile), "must be the absolute path of a file"),
            (!IsFile(CaFile), nameof(CaFile), "must be the absolute path of a file"),
        ];
        return rules.Where(rule => rule.IsBroken).Select(rule => new ValidationResult(rule.Problem, [rule.Key]));
    }

    private static bool IsAddress(Uri? address) =>
        address is null
        || (address.Scheme is "http" or "https" && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0);

    private static bool IsFile(string? path) => path is null || Path.IsPathFullyQualified(path);
}

/// <summary>How a store is told to encrypt an object.</summary>
internal enum StoreEncryption
{
    /// <summary>Nothing is said: the bucket's default.</summary>
    None,

    /// <summary>With keys of the store's own (SSE-S3).</summary>
    S3,

    /// <summary>With a key of the key management service (SSE-KMS).</summary>
    Kms,
}

/// <summary>How an object is protected from deletion (S3 Object Lock).</summary>
internal enum S3ObjectLock
{
    /// <summary>Not at all, beyond what the bucket says.</summary>
    None,

    /// <summary>Until retention ends, save for those with the right to bypass it.</summary>
    Governance,

    /// <summary>Until retention ends, for everybody, the account's owner included.</summary>
    Compliance,
}
