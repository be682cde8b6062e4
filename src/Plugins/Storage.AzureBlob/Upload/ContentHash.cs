using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace SessionRecorder.Plugins;

/// <summary>
/// Hashes a content twice: with the SHA-256 by which recordings are known, and with the MD5 that the store checks what
/// arrives against. Not thread-safe.
/// </summary>
[SuppressMessage("Security", "CA5351", Justification = "MD5 is what Azure checks transfers with; nothing relies on it against forgery.")]
internal sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);

    public static byte[] Md5(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        _sha256.AppendData(bytes);
        _md5.AppendData(bytes);
    }

    /// <summary>Ends it.</summary>
    /// <returns>The MD5.</returns>
    /// <exception cref="StorageException">The bytes are not those announced by their SHA-256.</exception>
    public byte[] Finish(StoragePut put) => Convert.ToHexStringLower(_sha256.GetHashAndReset()) == put.Sha256
        ? _md5.GetHashAndReset()
        : throw new StorageException(
            $"the bytes that came for '{put.Key}' are not those that were announced", StorageFailure.Corrupted, isTransient: true, put.Key);

    /// <summary>What the store confirms, if anything, must be what was sent.</summary>
    /// <exception cref="StorageException">It is not.</exception>
    public static void ThrowIfOther(byte[]? confirmed, byte[] sent, StoragePut put, string place)
    {
        if (confirmed is { Length: > 0 } && !confirmed.AsSpan().SequenceEqual(sent))
        {
            throw new StorageException(
                $"'{put.Key}' was stored in {place} with another hash than it was sent with",
                StorageFailure.Corrupted,
                isTransient: false,
                put.Key,
                "Delete the stored object; 'recover' delivers it again.");
        }
    }

    public void Dispose()
    {
        _sha256.Dispose();
        _md5.Dispose();
    }
}
