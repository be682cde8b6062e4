using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace SessionRecorder.Plugins;

/// <summary>What the store's answers mean, by the codes that S3 documents and those that compatible stores use.</summary>
internal static class S3Answers
{
    public static Verdict Judge(AmazonServiceException answer, S3StorageOptions options, TimeSpan? clockOffset)
    {
        var code = answer.ErrorCode ?? "";
        var status = (int)answer.StatusCode;
        var verdict = OfCredentials(code, clockOffset)
            ?? OfBucket(code, answer, options)
            ?? OfEncryption(code, answer, options)
            ?? OfContent(code)
            ?? OfLoad(code, status)
            ?? OfSettings(code, answer, options)
            ?? OfRights(code, status, options)
            ?? Unknown(code, status, answer);
        return verdict with { Reason = code.Length > 0 ? $"{verdict.Reason} ({code})" : $"{verdict.Reason} (HTTP {status})" };
    }

    private static Verdict? OfCredentials(string code, TimeSpan? clockOffset) => code switch
    {
        "InvalidAccessKeyId" => new(
            StorageFailure.Credentials, true, "the store does not know the access key",
            "Check the access key and the account or endpoint it is meant for."),
        "SignatureDoesNotMatch" => new(
            StorageFailure.Credentials, true, "the secret does not belong to the access key, or the request was damaged on its way",
            "Check the access key's secret."),
        "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" => new(
            StorageFailure.Credentials, true, "the temporary credentials have expired",
            "Check that whatever gives them (profile, role, program) still works; new ones are taken by themselves."),
        "InvalidToken" or "UnrecognizedClientException" or "InvalidClientTokenId" => new(
            StorageFailure.Credentials, true, "the session token is not valid", "Check the session token, or where the credentials come from."),
        "RequestTimeTooSkewed" or "RequestExpired" or "RequestInTheFuture" => new(
            StorageFailure.Credentials, true,
            $"this machine's clock is {Describe(clockOffset)}; requests are signed with the store's time from now on",
            "Set the clock, and keep it set (NTP, w32time)."),
        _ => null,
    };

    private static Verdict? OfBucket(string code, AmazonServiceException answer, S3StorageOptions options) => code switch
    {
        "NoSuchBucket" => new(
            StorageFailure.NoSuchContainer, true, $"the bucket '{options.Bucket}' does not exist",
            "Create the bucket, or correct the sink's Bucket, Region or Endpoint."),
        "PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "TemporaryRedirect" or "301" => new(
            StorageFailure.Invalid, code == "TemporaryRedirect",
            $"the bucket '{options.Bucket}' is in another region than {options.Region ?? "the one set"}{RightRegion(answer)}",
            "Set the sink's Region to the bucket's."),
        "InvalidBucketName" => new(
            StorageFailure.Invalid, false, $"'{options.Bucket}' cannot be the name of a bucket", "Correct the sink's Bucket."),
        "NoSuchKey" => new(StorageFailure.NoSuchObject, false, "it is not stored", null),
        _ => null,
    };

    private static Verdict? OfEncryption(string code, AmazonServiceException answer, S3StorageOptions options)
    {
        const string Remedy = "Correct the sink's KmsKeyId (a key in the bucket's region that is enabled) and allow kms:GenerateDataKey and kms:Decrypt on it.";
        if (code is "KMS.ThrottlingException" or "KMS.KMSInternalException" or "KMS.InternalException" or "KMS.DependencyTimeoutException")
        {
            return new(StorageFailure.Throttled, true, "the key management service is busy", null);
        }

        if (code.StartsWith("KMS.", StringComparison.Ordinal) || code is "InvalidKmsKeyId")
        {
            return new(StorageFailure.Invalid, false, $"the KMS key '{options.KmsKeyId}' cannot be used", Remedy);
        }

        // S3 says AccessDenied and names the action (kms:GenerateDataKey), others InvalidArgument with a text.
        return options.Encryption == StoreEncryption.Kms && Mentions(answer, "kms")
            ? new(StorageFailure.Invalid, false, $"the KMS key '{options.KmsKeyId}' cannot be used", Remedy)
            : null;
    }

    private static Verdict? OfContent(string code) => code switch
    {
        "BadDigest" or "XAmzContentSHA256Mismatch" or "XAmzContentChecksumMismatch" or "InvalidDigest" or "IncompleteBody" => new(
            StorageFailure.Corrupted, true, "what arrived is not what was sent", null),
        "NoSuchUpload" or "InvalidPart" or "InvalidPartOrder" => new(
            StorageFailure.Other, true, "the store has lost a part of it", null),
        "ConditionalRequestConflict" or "OperationAborted" => new(
            StorageFailure.Other, true, "another request for the same key got in the way", null),
        "EntityTooLarge" or "MaxMessageLengthExceeded" => new(
            StorageFailure.Invalid, false, "it is larger than the store takes", "Raise the sink's PartSize, or shorten Capture:SegmentDuration."),
        "KeyTooLongError" => new(StorageFailure.Invalid, false, "the key is longer than the store takes", "Use a shorter key prefix."),
        _ => null,
    };

    private static Verdict? OfLoad(string code, int status) => code switch
    {
        "SlowDown" or "Throttling" or "ThrottlingException" or "RequestLimitExceeded" or "TooManyRequests" or "BandwidthLimitExceeded" => new(
            StorageFailure.Throttled, true, "the store asks for fewer requests", null),
        "QuotaExceeded" or "ServiceQuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull" => new(
            StorageFailure.Full, true, "the store is full, or a quota is used up", "Make room, or raise the quota; storing goes on by itself then."),
        "RequestTimeout" => new(StorageFailure.Unreachable, true, "the bytes came too slowly for the store", null),
        "InternalError" or "ServiceUnavailable" or "ServerBusy" => new(StorageFailure.Unreachable, true, "the store has a problem of its own", null),
        _ when status is 429 => new(StorageFailure.Throttled, true, "the store asks for fewer requests", null),
        _ when status is 507 => new(StorageFailure.Full, true, "the store is full", "Make room; storing goes on by itself then."),
        _ when status >= 500 => new(StorageFailure.Unreachable, true, "the store, or a proxy before it, has a problem of its own", null),
        _ => null,
    };

    private static Verdict? OfSettings(string code, AmazonServiceException answer, S3StorageOptions options) => code switch
    {
        "InvalidStorageClass" => NoClass(options),
        "InvalidArgument" when options.StorageClass is not null && IsSilentOr(answer, "storage class", "storageclass") => NoClass(options),
        "InvalidTag" => new(StorageFailure.Invalid, false, $"the store does not take the tags: {S3Failures.OneLine(answer.Message)}", "Correct the sink's Tags."),
        "ObjectLockConfigurationNotFoundError" => NoLock(options),
        "InvalidRequest" when options.ObjectLock != S3ObjectLock.None && IsSilentOr(answer, "lock", "retention") => NoLock(options),
        "NotImplemented" => new(
            StorageFailure.Invalid, false, $"the store cannot do what is asked: {S3Failures.OneLine(answer.Message)}",
            "Use a store that knows conditional writes and SHA-256 checksums, or leave out Encryption, ObjectLock, StorageClass and Tags."),
        _ => null,
    };

    /// <summary>A sink that wants objects locked, and a bucket that cannot.</summary>
    public static Verdict NoLock(S3StorageOptions options) => new(
        StorageFailure.Invalid, false, $"the bucket '{options.Bucket}' was made without Object Lock",
        "Enable Object Lock on the bucket (it needs versioning), or set the sink's ObjectLock to none.");

    private static Verdict NoClass(S3StorageOptions options) => new(
        StorageFailure.Invalid, false, $"the store has no storage class '{options.StorageClass}'", "Correct the sink's StorageClass.");

    private static bool Mentions(AmazonServiceException answer, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (answer.Message.Contains(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // Some stores give a code and no text.
    private static bool IsSilentOr(AmazonServiceException answer, params ReadOnlySpan<string> words) =>
        string.IsNullOrWhiteSpace(answer.Message) || Mentions(answer, words);

    private static Verdict? OfRights(string code, int status, S3StorageOptions options) =>
        code is "AccessDenied" or "AllAccessDisabled" or "AccountProblem" or "Forbidden" || status is 401 or 403
            ? new(
                StorageFailure.Denied, false, "the credentials are good, but this is not allowed",
                $"Allow it in the role's and the bucket's policy: to record, {Rights(options)} on arn:aws:s3:::{options.Bucket}/*; to look at recordings, s3:GetObject there and s3:ListBucket on the bucket.")
            : null;

    // Without a code it is the answer of a proxy, or to a request damaged on its way; with one, asking again is no use.
    private static Verdict Unknown(string code, int status, AmazonServiceException answer) =>
        code.Length == 0 || code == answer.StatusCode.ToString() || code == "MethodNotAllowed"
            ? new(StorageFailure.Other, true, $"an answer that S3 does not give: HTTP {status}", null)
            : new(StorageFailure.Invalid, false, S3Failures.OneLine(answer.Message), null);

    private static string Rights(S3StorageOptions options) => string.Join(
        ", ",
        ["s3:PutObject", .. options.ObjectLock != S3ObjectLock.None ? ["s3:PutObjectRetention"] : Array.Empty<string>(), .. options.Tags.Count > 0 ? ["s3:PutObjectTagging"] : Array.Empty<string>()]);

    private static string RightRegion(AmazonServiceException answer) =>
        S3Failures.Find<HttpErrorResponseException>(answer)?.Response.GetHeaderValue("x-amz-bucket-region") is { Length: > 0 } region
            ? $": in {region}"
            : "";

    private static string Describe(TimeSpan? offset) => offset is not { } known
        ? "wrong"
        : $"{known.Duration().TotalMinutes:0.#} min {(known < TimeSpan.Zero ? "ahead of" : "behind")} the store's";
}
