using SessionRecorder.Host.Logging;

namespace SessionRecorder.Host.Catalog;

/// <summary>The objects that a recording consists of, and where they are.</summary>
internal static class StoredObjects
{
    public const string Session = "session.json";
    public const string Manifest = "manifest.json";
    public const string Ledger = "ledger.jsonl";

    private static readonly string[] Folders = ["video", "tail"];

    /// <summary>The prefix, with its slash, of the recording that an object belongs to; empty at the very top.</summary>
    public static string PrefixOf(string key)
    {
        var slash = key.LastIndexOf('/');
        var folder = slash < 0 ? "" : key[..slash];
        if (key[(slash + 1)..] is not (Session or Manifest or Ledger))
        {
            var last = folder.LastIndexOf('/');
            if (Folders.Contains(folder[(last + 1)..]) || LogPiece.IndexOf(key.AsSpan(last + 1)) is not null)
            {
                folder = last < 0 ? "" : folder[..last];
            }
        }

        return folder.Length == 0 ? "" : folder + "/";
    }

    /// <summary>Reads a whole small object.</summary>
    /// <returns>Its bytes; null when there is none.</returns>
    /// <exception cref="StorageException">It could not be read.</exception>
    public static async Task<byte[]?> ReadAsync(IStorageSink sink, string key, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await sink.OpenReadAsync(key, cancellationToken);
            var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, cancellationToken);
            return bytes.ToArray();
        }
        catch (StorageException e) when (e.Failure == StorageFailure.NoSuchObject)
        {
            return null;
        }
    }
}
