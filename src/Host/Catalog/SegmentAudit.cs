using System.Buffers;
using System.Security.Cryptography;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>Reads the segments as stored and compares them with what is known of them.</summary>
internal sealed class SegmentAudit(
    IStorageSink sink, string prefix, bool isSealed, IProgress<VerifyProgress>? progress, DeliveryAccount? delivery = null)
{
    private const int BufferSize = 256 * 1024;

    private int _segments;
    private long _bytes;

    /// <summary>How many segments were found and read.</summary>
    public int Segments => _segments;

    /// <summary>How many bytes of them.</summary>
    public long Bytes => _bytes;

    /// <summary>Reads all.</summary>
    /// <param name="segments">What is known.</param>
    /// <param name="stored">What is stored under the prefix, by key.</param>
    /// <param name="faults">Where to tell what is wrong.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="StorageException">The sink could not be asked.</exception>
    public async Task CheckAsync(
        IReadOnlyList<ManifestSegment> segments,
        IReadOnlyDictionary<string, StoredObject> stored,
        List<VerifyFault> faults,
        CancellationToken cancellationToken)
    {
        var total = segments.Sum(segment => segment.Bytes);
        foreach (var segment in segments)
        {
            progress?.Report(new VerifyProgress(segment.Key, _segments, segments.Count, _bytes, total));
            if (await FindFaultAsync(segment, stored, cancellationToken) is { } fault)
            {
                faults.Add(new VerifyFault(segment.Key, fault));
            }
        }

        progress?.Report(new VerifyProgress("", _segments, segments.Count, _bytes, total));
    }

    private async Task<string?> FindFaultAsync(
        ManifestSegment segment, IReadOnlyDictionary<string, StoredObject> stored, CancellationToken cancellationToken)
    {
        if (!stored.TryGetValue(prefix + segment.Key, out var found))
        {
            return delivery?.IsConfirmedEverywhere(segment.Key, segment.Sha256) == true
                ? $"missing: the ledger says that segment {segment.Index} was stored{Elsewhere(segment)}"
                : isSealed
                ? $"missing: segment {segment.Index} is recorded, and nothing is stored"
                : $"missing: segment {segment.Index} is recorded, and not stored yet";
        }

        try
        {
            var (sha256, length) = await HashAsync(found.Key, cancellationToken);
            _segments++;
            return length != segment.Bytes
                ? $"changed: segment {segment.Index} was recorded with {segment.Bytes} bytes, and {length} are stored"
                : sha256 != segment.Sha256
                    ? $"changed: segment {segment.Index} was recorded with SHA-256 {segment.Sha256}, and stored is {sha256}"
                    : null;
        }
        catch (StorageException e) when (e.Failure is StorageFailure.NoSuchObject or StorageFailure.Corrupted)
        {
            return $"unreadable: {e.Message}";
        }
    }

    private string Elsewhere(ManifestSegment segment) => delivery!.SinksLacking(segment.Key).ToArray() is { Length: > 0 } lacking
        ? $", but not in {string.Join(" and ", lacking)}, configured when it was delivered and gone"
        : "";

    private async Task<(string Sha256, long Length)> HashAsync(string key, CancellationToken cancellationToken)
    {
        await using var stream = await sink.OpenReadAsync(key, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var length = 0L;
            while (await stream.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                hash.AppendData(buffer, 0, read);
                length += read;
                _bytes += read;
            }

            return (Convert.ToHexStringLower(hash.GetHashAndReset()), length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
