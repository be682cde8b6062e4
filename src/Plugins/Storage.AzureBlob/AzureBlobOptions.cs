using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace SessionRecorder.Plugins;

/// <summary>The options of <c>storage.azureblob</c> (docs/configuration.md).</summary>
internal sealed partial class AzureBlobOptions : IValidatableObject
{
    private const long SmallestBlock = 64L << 10;
    private const long LargestBlock = 256L << 20;
    private const long LargestPut = 5000L << 20;

    /// <summary>With the mark of temporary objects, the most that Azure takes are ten.</summary>
    private const int MaxTags = 9;

    /// <summary>The container; required. It must exist.</summary>
    [Required(ErrorMessage = "must be the name of a container")]
    [RegularExpression("[a-z0-9](-?[a-z0-9]){2,62}", ErrorMessage = "must be the name of a container: 3 to 63 lower-case letters, digits and single hyphens")]
    public string Container { get; set; } = "";

    /// <summary>What every name in the container begins with, beside the program's own <c>KeyPrefix</c>; empty for nothing.</summary>
    public string KeyPrefix { get; set; } = "";

    /// <summary>The account's blob address: <c>https://account.blob.core.windows.net</c>. Needed without a connection string.</summary>
    public Uri? AccountUrl { get; set; }

    /// <summary>Which identity asks for access where no secret is given.</summary>
    public AzureIdentity Identity { get; set; }

    /// <summary>The client id of a user-assigned managed identity; null for the system's.</summary>
    public Guid? ManagedIdentityClientId { get; set; }

    /// <summary>A connection string. A secret; prefer an identity, or <see cref="CredentialsFile"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>A shared access signature: the token, or an address that ends with it. A secret.</summary>
    public string? Sas { get; set; }

    /// <summary>A file that holds a connection string, a SAS or an address with one; an absolute path. It is read again when refused.</summary>
    public string? CredentialsFile { get; set; }

    /// <summary>The access tier; by default the account's. What is rewritten or temporary always has the account's.</summary>
    public BlobTier AccessTier { get; set; }

    /// <summary>Blob index tags that every object gets; at most nine.</summary>
    public Dictionary<string, string> Tags { get; set; } = [];

    /// <summary>Whether temporary objects get the index tag <c>session-recorder = temporary</c>, for a lifecycle rule to find them.</summary>
    public bool MarkTemporary { get; set; }

    /// <summary>Metadata that every object gets beside its SHA-256.</summary>
    public Dictionary<string, string> Metadata { get; set; } = [];

    /// <summary>How objects are protected from deletion. The manifest and what is temporary never are.</summary>
    public BlobProtection Immutability { get; set; }

    /// <summary>For how many days from when it is stored an object is protected. Needed with <see cref="Immutability"/>.</summary>
    [Range(1, 36_500)]
    public int? RetentionDays { get; set; }

    /// <summary>Whether objects get a legal hold, which lasts until somebody lifts it.</summary>
    public bool LegalHold { get; set; }

    /// <summary>Objects up to this size go up in one request; at most 5000MiB.</summary>
    public string SinglePutSize { get; set; } = "32MiB";

    /// <summary>Larger ones go up in blocks of this size; 64KiB to 256MiB.</summary>
    public string BlockSize { get; set; } = "8MiB";

    /// <summary>How many blocks go up at a time. Each takes a <see cref="BlockSize"/> of memory.</summary>
    [Range(1, 16)]
    public int Parallelism { get; set; } = 2;

    /// <summary>A PEM file with the certificate authorities to trust instead of the system's; an absolute path.</summary>
    public string? CaFile { get; set; }

    /// <summary><see cref="BlockSize"/> in bytes.</summary>
    public int BlockBytes => SizeText.TryParse(BlockSize, out var bytes) ? (int)bytes : (int)SmallestBlock;

    /// <summary><see cref="SinglePutSize"/> in bytes.</summary>
    public long SinglePutBytes => SizeText.TryParse(SinglePutSize, out var bytes) ? bytes : SmallestBlock;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var secrets = new[] { ConnectionString, Sas, CredentialsFile }.Count(secret => secret is not null);
        (bool IsBroken, string Key, string Problem)[] rules =
        [
            (KeyPrefix.Length > 0 && !StorageKey.IsValid(KeyPrefix.TrimEnd('/')), nameof(KeyPrefix), "must be parts of a key with / between them"),
            (AccountUrl is null && ConnectionString is null && CredentialsFile is null && !IsAddress(Sas), nameof(AccountUrl), "must be given, such as https://account.blob.core.windows.net"),
            (!IsAccount(AccountUrl), nameof(AccountUrl), "must be an http or https address without user, query or fragment"),
            (secrets > 1, nameof(CredentialsFile), "cannot be used with ConnectionString or Sas, nor these with each other"),
            (secrets > 0 && Identity != AzureIdentity.Auto, nameof(Identity), "cannot be used with ConnectionString, Sas or CredentialsFile"),
            (ManagedIdentityClientId is not null && (secrets > 0 || Identity is AzureIdentity.Workload or AzureIdentity.Environment), nameof(ManagedIdentityClientId), "needs Identity to be managedIdentity or auto"),
            (secrets == 0 && AccountUrl is { Scheme: "http" }, nameof(AccountUrl), "must be an https address: tokens are sent over TLS alone"),
            (!IsFile(CredentialsFile), nameof(CredentialsFile), "must be the absolute path of a file"),
            (Tags.Count > MaxTags || Tags.Any(t => !TagText().IsMatch(t.Key) || t.Key.Length > 128 || (t.Value.Length > 0 && !TagText().IsMatch(t.Value)) || t.Value.Length > 256), nameof(Tags), "must be at most 9, with names of 1 to 128 and values of at most 256 letters, digits, blanks and +-./:=_"),
            (Metadata.Any(m => !MetadataName().IsMatch(m.Key) || m.Key.Equals(BlobSettings.HashName, StringComparison.OrdinalIgnoreCase) || m.Value.Any(c => c is < ' ' or > '~')), nameof(Metadata), "must have names of letters, digits and underscores that begin with a letter and are not sha256, and values in ASCII"),
            (Immutability != BlobProtection.None && RetentionDays is null, nameof(RetentionDays), "must be given with Immutability: how many days objects are protected"),
            (Immutability == BlobProtection.None && RetentionDays is not null, nameof(RetentionDays), "needs Immutability to be unlocked or locked"),
            (!SizeText.TryParse(BlockSize, out var block) || block is < SmallestBlock or > LargestBlock, nameof(BlockSize), "must be a size such as 8MiB, from 64KiB to 256MiB"),
            (!SizeText.TryParse(SinglePutSize, out var put) || put > LargestPut, nameof(SinglePutSize), "must be a size such as 32MiB, at most 5000MiB"),
            (!IsFile(CaFile), nameof(CaFile), "must be the absolute path of a file"),
        ];
        return rules.Where(rule => rule.IsBroken).Select(rule => new ValidationResult(rule.Problem, [rule.Key]));
    }

    private static bool IsAccount(Uri? address) =>
        address is null
        || (address.IsAbsoluteUri && address.Scheme is "http" or "https" && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0);

    private static bool IsAddress(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    private static bool IsFile(string? path) => path is null || Path.IsPathFullyQualified(path);

    [GeneratedRegex(@"\A[A-Za-z0-9 +\-./:=_]+\z")]
    private static partial Regex TagText();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_]*\z")]
    private static partial Regex MetadataName();
}

/// <summary>Who asks Microsoft Entra ID for access.</summary>
internal enum AzureIdentity
{
    /// <summary>The first of the environment's client, the workload's identity and the machine's managed one that there is.</summary>
    Auto,

    /// <summary>The machine's managed identity.</summary>
    ManagedIdentity,

    /// <summary>A federated token in a file (Kubernetes, Azure Arc and the like).</summary>
    Workload,

    /// <summary>A client id with a secret or certificate from <c>AZURE_…</c> environment variables.</summary>
    Environment,
}

/// <summary>What storing and reading an object costs.</summary>
internal enum BlobTier
{
    /// <summary>As the account has it.</summary>
    Default,

    /// <summary>Dear to keep, cheap to read.</summary>
    Hot,

    /// <summary>Kept at least 30 days.</summary>
    Cool,

    /// <summary>Kept at least 90 days.</summary>
    Cold,
}

/// <summary>How an object is protected from deletion (a version-level immutability policy).</summary>
internal enum BlobProtection
{
    /// <summary>Not at all, beyond what the container says.</summary>
    None,

    /// <summary>Until retention ends; who has the right to may shorten or remove it.</summary>
    Unlocked,

    /// <summary>Until retention ends, for everybody, the account's owner included.</summary>
    Locked,
}
