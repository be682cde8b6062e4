using System.Security.Cryptography;

namespace SessionRecorder.Plugins;

/// <summary>SHA-256 as the host writes it (hexadecimal) and as S3 does (base64).</summary>
internal static class Hash
{
    public static string ToBase64(string hexadecimal) => Convert.ToBase64String(Convert.FromHexString(hexadecimal));

    /// <summary>The hexadecimal form; null where there is no hash of the whole object (<c>…-3</c> is one of three parts' hashes).</summary>
    public static string? FromBase64(string? base64)
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        return base64 is not null && Convert.TryFromBase64String(base64, bytes, out var count) && count == bytes.Length
            ? Convert.ToHexStringLower(bytes)
            : null;
    }

    /// <summary>What S3 calls the hash of an object in parts: that of the parts' hashes, and how many there are.</summary>
    public static string Composite(IReadOnlyList<byte[]> parts) =>
        $"{Convert.ToBase64String(SHA256.HashData(parts.SelectMany(part => part).ToArray()))}-{parts.Count}";

    /// <summary>Whether the store confirms another hash than the one expected. Some confirm none.</summary>
    public static bool IsOther(string? confirmed, string expected) =>
        !string.IsNullOrEmpty(confirmed) && !confirmed.Equals(expected, StringComparison.Ordinal);

    /// <summary>What the store confirms is not what was sent.</summary>
    public static StorageException Mismatch(StoragePut put, string place) => new(
        $"'{put.Key}' was stored in {place} with another hash than it was sent with",
        StorageFailure.Corrupted,
        isTransient: false,
        put.Key,
        "Delete the stored object; 'recover' delivers it again.");
}
