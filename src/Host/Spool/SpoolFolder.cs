using System.Globalization;
using System.Text.Json;

namespace SessionRecorder.Host.Spool;

/// <summary>What lies in a session's folder, and how it is read and removed; holding the lock is the caller's matter.</summary>
internal static class SpoolFolder
{
    /// <summary>What the folders of deleted sessions are called until they are gone; no session's id begins so.</summary>
    public const string DeletedPrefix = ".deleted-";

    /// <summary>Where a session's files are kept that nobody can make a segment of.</summary>
    /// <param name="root">The folder of all sessions, beside which it is.</param>
    /// <param name="id">The session.</param>
    public static string UnreadablePath(string root, string id) => Path.Combine(Path.GetDirectoryName(root)!, "unreadable", id);

    /// <summary>The sessions whose folders are in a folder, in the order of their ids.</summary>
    public static string[] IdsIn(string root) =>
    [
        .. Directory.EnumerateDirectories(root)
            .Where(folder => File.Exists(DocumentPath(folder)))
            .Select(folder => Path.GetFileName(folder))
            .Where(SpoolRoot.IsId)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The path of session.json. A folder is a session's from when it has one.</summary>
    public static string DocumentPath(string folder) => Path.Combine(folder, "session.json");

    /// <summary>The path of the ledger.</summary>
    public static string LedgerPath(string folder) => Path.Combine(folder, "ledger.jsonl");

    /// <summary>Marks a folder as one that was made from what storage holds.</summary>
    /// <param name="folder">The session's folder.</param>
    /// <param name="ledgerLength">How many bytes of the ledger are from there.</param>
    public static void MarkRebuilt(string folder, long ledgerLength) =>
        File.WriteAllText(RebuiltPath(folder), ledgerLength.ToString(CultureInfo.InvariantCulture));

    /// <summary>How many bytes of the ledger are from storage, where the folder was made from what it holds; else null.</summary>
    public static long? ReadRebuiltFrom(string folder) =>
        File.Exists(RebuiltPath(folder)) ? long.Parse(File.ReadAllText(RebuiltPath(folder)), CultureInfo.InvariantCulture) : null;

    /// <summary>Where captures write their unfinished files.</summary>
    public static string OpenPath(string folder) => Path.Combine(folder, "open");

    /// <summary>Where finished segments wait for their delivery.</summary>
    public static string VideoPath(string folder) => Path.Combine(folder, "video");

    /// <summary>Reads session.json.</summary>
    /// <returns>The document, and the SHA-256 of its bytes.</returns>
    /// <exception cref="SpoolException">It is not readable as one.</exception>
    public static (SessionDocument Document, string Sha256) ReadDocument(string folder)
    {
        var path = DocumentPath(folder);
        try
        {
            var bytes = File.ReadAllBytes(path);
            return (SessionJson.Parse(bytes), LedgerLine.HashOf(bytes));
        }
        catch (JsonException e)
        {
            throw new SpoolException(
                $"{path} is not readable: {e.Message}",
                isTransient: false,
                "move the folder aside; its videos are in its video folder",
                e);
        }
    }

    /// <summary>Reads a session that another process may hold.</summary>
    /// <returns>What it holds up to now; null when the folder is no session's.</returns>
    /// <exception cref="SpoolException">It is not readable.</exception>
    public static (SessionDocument Document, SessionAccount Account)? Inspect(string folder)
    {
        if (!File.Exists(DocumentPath(folder)))
        {
            return null;
        }

        var (document, _) = ReadDocument(folder);
        var account = new SessionAccount();
        if (File.Exists(LedgerPath(folder)))
        {
            using var file = new FileStream(
                LedgerPath(folder), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            LedgerReader.Scan(file, file.Name, line => account.Apply(line.Fact, line.At));
        }

        return (document, account);
    }

    private static string RebuiltPath(string folder) => Path.Combine(folder, "from-storage");

    /// <summary>The regular files in a folder, in the order of their names.</summary>
    public static IEnumerable<FileInfo> FilesIn(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles()
        .Where(file => !file.Attributes.HasFlag(FileAttributes.ReparsePoint))
        .OrderBy(file => file.Name, StringComparer.Ordinal);

    /// <summary>The size of all video that lies in the sessions of a folder, whoever holds them.</summary>
    public static long VideoBytesOf(string sessions)
    {
        var bytes = 0L;
        foreach (var folder in Directory.GetDirectories(sessions).SelectMany(session => new[] { OpenPath(session), VideoPath(session) }))
        {
            try
            {
                bytes += new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Delivered and deleted meanwhile, as a whole or in part: the next look counts anew.
            }
        }

        return bytes;
    }

    /// <summary>Deletes a folder with all that is in it; links are removed and not followed.</summary>
    public static void Delete(string folder) => Directory.Delete(folder, recursive: true);
}
