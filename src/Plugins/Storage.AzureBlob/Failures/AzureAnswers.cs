using Azure;

namespace SessionRecorder.Plugins;

/// <summary>What the store's answers mean, by the codes that Azure documents.</summary>
internal static class AzureAnswers
{
    private static readonly TimeSpan TolerableSkew = TimeSpan.FromMinutes(10);

    /// <summary>Whether something lies under the key, which the request did not allow. A SAS to create alone says it in its own way.</summary>
    public static bool IsPresent(RequestFailedException answer) =>
        answer.ErrorCode is "BlobAlreadyExists" or "UnauthorizedBlobOverwrite" or "BlobImmutableDueToPolicy" or "ConditionNotMet";

    /// <summary>Whether the object consists of other blocks than those named, or may not be made anew of any.</summary>
    public static bool IsOtherBlocks(RequestFailedException answer) =>
        answer.ErrorCode is "InvalidBlockList" or "InvalidBlobOrBlock" or "InvalidBlobType" or "BlobImmutableDueToPolicy" or "UnauthorizedBlobOverwrite";

    /// <summary>Whether there is no such object, in a container that there is.</summary>
    public static bool IsAbsent(RequestFailedException answer) =>
        answer.Status == 404 && answer.ErrorCode is "BlobNotFound" or "ResourceNotFound";

    public static Verdict Judge(RequestFailedException answer, SinkFacts about)
    {
        // Some stores (Azurite) call both by one name.
        var code = answer.ErrorCode == "AuthorizationFailure" && answer.Message.Contains("failed to authenticate", StringComparison.OrdinalIgnoreCase)
            ? "AuthenticationFailed"
            : answer.ErrorCode ?? "";
        var verdict = OfCredentials(code, answer, about)
            ?? OfContainer(code, about.Options)
            ?? OfContent(code)
            ?? OfLoad(code, answer.Status)
            ?? OfSettings(code, about.Options)
            ?? OfRights(code, answer.Status, about.Options)
            ?? Unknown(code, answer, about.Options);
        return verdict with { Reason = code.Length > 0 ? $"{verdict.Reason} ({code})" : $"{verdict.Reason} (HTTP {answer.Status})" };
    }

    private static Verdict? OfCredentials(string code, RequestFailedException answer, SinkFacts about) => code switch
    {
        "AuthenticationFailed" or "InvalidAuthenticationInfo" when IsDate(answer, about) => new(
            StorageFailure.Credentials, true, $"the store refuses because this machine's clock is {Describe(about.ClockOffset)}",
            "Set the clock, and keep it set (NTP, w32time)."),
        "AuthenticationFailed" when about.Signature is { ExpiresAt: { } end } && end <= about.Now + (about.ClockOffset ?? TimeSpan.Zero) => new(
            StorageFailure.Credentials, true, $"the SAS has expired ({about.Signature.Description})",
            "Give the sink a new SAS; written into the file that CredentialsFile names, it is taken at the next attempt."),
        "AuthenticationFailed" when about.Signature is not null => new(
            StorageFailure.Credentials, true, "the SAS is not valid: another account's or container's, not begun yet, made with a key that was renewed, or damaged",
            "Make a new SAS for the sink's account and container, valid now."),
        "AuthenticationFailed" => new(
            StorageFailure.Credentials, true, "the key or token is not the account's, or the request was damaged on its way",
            "Check the account's name and key, or which tenant the identity belongs to."),
        "InvalidAuthenticationInfo" or "NoAuthenticationInformation" or "InvalidAuthenticationToken" => new(
            StorageFailure.Credentials, true, "the store does not take these credentials", "Check the connection string, SAS or identity that the sink uses."),
        "KeyBasedAuthenticationNotPermitted" => new(
            StorageFailure.Credentials, true, "the account takes no keys, and no SAS made with one",
            "Use a managed identity, or a user delegation SAS."),
        "AuthorizationProtocolMismatch" or "AccountRequiresHttps" => new(
            StorageFailure.Denied, false, "the store takes https alone", "Use an https address as the sink's AccountUrl."),
        "InvalidOperation" when answer.Status == 400 && answer.Message.Contains("storage account", StringComparison.OrdinalIgnoreCase) => NoAccount(about),
        "ResourceNotFound" or "AccountIsDisabled" => NoAccount(about),
        _ => null,
    };

    private static Verdict NoAccount(SinkFacts about) => new(
        StorageFailure.Credentials, true, $"there is no such account at {about.Host ?? "the store"}, or it is disabled",
        "Check the account's name in the sink's AccountUrl or secret.");

    private static bool IsDate(RequestFailedException answer, SinkFacts about) =>
        answer.Message.Contains("date header", StringComparison.OrdinalIgnoreCase)
        || (about.Signature is null && about.ClockOffset?.Duration() > TolerableSkew);

    private static Verdict? OfContainer(string code, AzureBlobOptions options) => code switch
    {
        "ContainerNotFound" or "ContainerBeingDeleted" or "ContainerDisabled" => new(
            StorageFailure.NoSuchContainer, true, $"the container '{options.Container}' does not exist",
            "Create the container, or correct the sink's Container or AccountUrl."),
        "InvalidResourceName" or "OutOfRangeInput" => new(
            StorageFailure.Invalid, false, "the name of the container or the key is not one that the store takes", "Correct the sink's Container, or use a shorter KeyPrefix."),
        "BlobNotFound" => new(StorageFailure.NoSuchObject, false, "it is not stored", null),
        _ => null,
    };

    private static Verdict? OfContent(string code) => code switch
    {
        "Md5Mismatch" or "InvalidMd5" or "Crc64Mismatch" => new(StorageFailure.Corrupted, true, "what arrived is not what was sent", null),
        "InvalidBlockList" or "InvalidBlockId" or "InvalidBlobOrBlock" => new(StorageFailure.Other, true, "the store has lost a part of it", null),
        "BlobImmutableDueToPolicy" or "BlobImmutableDueToLegalHold" => new(
            StorageFailure.Denied, false, "what is stored under the key is protected from change",
            "Let the container have no default immutability policy: the sink protects what is written once by itself."),
        "LeaseIdMissing" or "LeaseLost" => new(StorageFailure.Other, true, "another program holds a lease on it", "Break the lease."),
        "BlobAlreadyExists" or "ConditionNotMet" => new(StorageFailure.Conflict, false, "something lies under the key already", null),
        "SnapshotsPresent" => new(StorageFailure.Denied, false, "it has snapshots", "Delete its snapshots."),
        "RequestBodyTooLarge" => new(StorageFailure.Invalid, false, "it is larger than the store takes in one request", "Lower the sink's SinglePutSize or BlockSize."),
        "BlockCountExceedsLimit" => new(StorageFailure.Invalid, false, "it has more blocks than the store takes", "Raise the sink's BlockSize."),
        _ => null,
    };

    private static Verdict? OfLoad(string code, int status) => code switch
    {
        "ServerBusy" or "TooManyRequests" => new(StorageFailure.Throttled, true, "the store asks for fewer requests", null),
        "OperationTimedOut" => new(StorageFailure.Unreachable, true, "the store did not finish in time", null),
        "InternalError" => new(StorageFailure.Unreachable, true, "the store has a problem of its own", null),
        _ when status is 429 => new(StorageFailure.Throttled, true, "the store asks for fewer requests", null),
        _ when status is 507 || code.Contains("Quota", StringComparison.OrdinalIgnoreCase) || code.Contains("LimitExceeded", StringComparison.Ordinal) => new(
            StorageFailure.Full, true, "the account is full, or a quota is used up", "Make room, or raise the limit; storing goes on by itself then."),
        _ when status is 408 or >= 500 => new(StorageFailure.Unreachable, true, "the store, or a proxy before it, has a problem of its own", null),
        _ => null,
    };

    private static Verdict? OfSettings(string code, AzureBlobOptions options) => code switch
    {
        "InvalidBlobTier" or "AccessTierNotSupportedForBlobType" or "BlobAccessTierNotSupportedForAccountType" => new(
            StorageFailure.Invalid, false, $"the account has no tier '{options.AccessTier}'", "Correct the sink's AccessTier, or use an account of the kind StorageV2."),
        "InvalidTag" or "TagsTooLarge" or "InvalidTags" => new(StorageFailure.Invalid, false, "the store does not take the tags", "Correct the sink's Tags."),
        "InvalidMetadata" or "EmptyMetadataKey" or "MetadataTooLarge" => new(StorageFailure.Invalid, false, "the store does not take the metadata", "Correct the sink's Metadata."),
        _ => null,
    };

    private static Verdict? OfRights(string code, int status, AzureBlobOptions options) => code switch
    {
        "AuthorizationFailure" => new(
            StorageFailure.Denied, false, "the account's network rules, or its rights, do not allow this",
            "Allow this machine's network in the account's firewall (or use a private endpoint), and check the rights."),
        "AuthorizationSourceIPMismatch" => new(StorageFailure.Denied, false, "the SAS is not valid for this machine's address", "Make a SAS without that limit."),
        _ when status is 401 => new(StorageFailure.Credentials, true, "the store does not take these credentials", "Check the connection string, SAS or identity that the sink uses."),
        _ when status is 403 => new(
            StorageFailure.Denied, false, "the credentials are good, but this is not allowed",
            $"Give the SAS the rights create and write{(NeedsTags(options) ? " and tag" : "")}, or the identity a role with blobs/add/action and blobs/write{(NeedsTags(options) ? " and blobs/tags/write" : "")}, on the container '{options.Container}'."),
        _ => null,
    };

    // Without a code it is the answer of a proxy, or to a request damaged on its way; with one, asking again is no use.
    private static Verdict Unknown(string code, RequestFailedException answer, AzureBlobOptions options)
    {
        if (code.Length == 0 || code is "UnsupportedHttpVerb")
        {
            return new(StorageFailure.Other, true, $"an answer that Azure does not give: HTTP {answer.Status}", null);
        }

        return options.Immutability != BlobProtection.None || options.LegalHold
            ? new(
                StorageFailure.Invalid, false, "the store does not take the request, perhaps for its protection from deletion",
                "Enable version-level immutability on the account or container, or set the sink's Immutability to none and LegalHold to false.")
            : new(StorageFailure.Invalid, false, "the store does not take the request", "Look the code up in Azure's list of Blob Storage error codes.");
    }

    private static bool NeedsTags(AzureBlobOptions options) => options.Tags.Count > 0 || options.MarkTemporary;

    private static string Describe(TimeSpan? offset) => offset is not { } known
        ? "wrong"
        : $"{known.Duration().TotalMinutes:0.#} min {(known < TimeSpan.Zero ? "ahead of" : "behind")} the store's";
}
