namespace SessionRecorder.Host.Logging;

/// <summary>A closed file of a session's log, as it is stored: <c>log/{index:D6}.jsonl</c>.</summary>
/// <param name="Index">Its number within the session.</param>
/// <param name="Path">Where it lies.</param>
internal sealed record LogPiece(int Index, string Path)
{
    /// <summary>The folder of the log, below the session's prefix. It has no folders in it.</summary>
    public const string Folder = "log/";

    /// <summary>The key below the session's prefix.</summary>
    public string Key => Folder + LogFiles.NameOf(Index);

    /// <summary>The number of a piece, by its key below the session's prefix; null for any other key.</summary>
    public static int? IndexOf(ReadOnlySpan<char> key) =>
        key.StartsWith(Folder, StringComparison.Ordinal) ? LogFiles.IndexOf(key[Folder.Length..]) : null;
}
