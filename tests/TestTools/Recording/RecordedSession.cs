using System.Security.Cryptography;

namespace SessionRecorder.TestTools.Recording;

/// <summary>A session as it lies in a local sink: the folder that ends with its id.</summary>
/// <remarks>Everything is read anew at each call.</remarks>
public sealed class RecordedSession
{
    public RecordedSession(string folder)
    {
        Folder = folder;
        Manifest = SessionManifest.Parse(File.ReadAllText(ManifestPath));
    }

    public string Folder { get; }

    /// <summary>The manifest as it was when this was made.</summary>
    public SessionManifest Manifest { get; }

    public string Id => Path.GetFileName(Folder);

    public string ManifestPath => Path.Combine(Folder, "manifest.json");

    public string LedgerPath => Path.Combine(Folder, "ledger.jsonl");

    public string SessionPath => Path.Combine(Folder, "session.json");

    /// <summary>The sessions below the root of a local sink that have a manifest, in order of their start.</summary>
    public static IReadOnlyList<RecordedSession> FindAll(string root) =>
        !Directory.Exists(root)
            ? []
            :
            [
                .. Directory.EnumerateFiles(root, "manifest.json", SearchOption.AllDirectories)
                    .Select(path => new RecordedSession(Path.GetDirectoryName(path)!))
                    .OrderBy(session => session.Manifest.StartedAt),
            ];

    /// <summary>A segment's file.</summary>
    /// <remarks>The manifest's key may be the whole key or the part below the session: it ends with the same two parts.</remarks>
    public string PathOf(ManifestSegment segment) => Path.Combine(Folder, "video", Path.GetFileName(segment.Key));

    /// <summary>Copies the session to another root, at the same place below it, so that a test may damage it.</summary>
    public RecordedSession CopyTo(string root, string fromRoot)
    {
        var target = Path.Combine(root, Path.GetRelativePath(fromRoot, Folder));
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return new RecordedSession(target);
    }

    /// <summary>SHA-256 in lower-case hexadecimal digits.</summary>
    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
