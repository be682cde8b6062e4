using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Spool;

/// <summary>The spool of this machine: a folder a session, whichever process records or delivers it.</summary>
/// <remarks>Thread-safe, and safe among processes: a session belongs to who holds its lock.</remarks>
internal sealed class SpoolRoot
{
    /// <summary>What the data directory is called in messages.</summary>
    public const string DataDirectory = "the data directory";

    private const string Folder = "the spool folder";

    private readonly TimeProvider _time;
    private readonly TrustPolicy _trust;

    /// <summary>Opens the spool, and makes it where there is none.</summary>
    /// <param name="dataDirectory">An absolute path. What is missing of it is made for the owner alone.</param>
    /// <param name="trust">Refuses folders that others can change.</param>
    /// <param name="time">The clock; the system's by default.</param>
    /// <exception cref="SpoolException">The folder cannot be made.</exception>
    /// <exception cref="TrustException">Others can change it.</exception>
    public SpoolRoot(string dataDirectory, TrustPolicy trust, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _trust = trust;
        Path = System.IO.Path.Combine(dataDirectory, "sessions");
        trust.Require(DataDirectory, dataDirectory);
        trust.Require(Folder, Path);
        Guard(Path, "could not be made", () => PrivateFolder.Create(Path));

        // Again: what was missing may have been made by another, where anybody may make folders.
        trust.Require(Folder, Path);
    }

    /// <summary>The folder of the sessions' folders.</summary>
    public string Path { get; }

    /// <summary>Makes a session's folder, takes its lock and writes session.json and the ledger's first line.</summary>
    /// <param name="document">Who is recorded.</param>
    /// <returns>The session, which this process holds now.</returns>
    /// <exception cref="SpoolException">It exists already, or the disk refuses.</exception>
    public SpoolSession Create(SessionDocument document)
    {
        var folder = FolderOf(document.SessionId);
        FileStream? held = null;
        var isOurs = false;
        try
        {
            PrivateFolder.Create(folder);
            held = SessionLock.TryTake(folder);
            if (held is null || File.Exists(SpoolFolder.DocumentPath(folder)))
            {
                throw new SpoolException(
                    $"the session {document.SessionId} exists already, in {folder}",
                    isTransient: false,
                    "choose another session id, or deliver that session with `session-recorder recover`");
            }

            isOurs = true;
            DurableFiles.Write(SpoolFolder.DocumentPath(folder), SessionJson.Serialize(document));
            DurableFiles.FlushDirectory(Path);
            return SpoolSession.Open(folder, held, _time);
        }
        catch (Exception e)
        {
            Abandon(held, isOurs ? folder : null);
            if (SpoolException.IsFileFailure(e))
            {
                throw Failure(folder, "could not be made", e);
            }

            throw;
        }
    }

    /// <summary>The sessions that are in the spool, in the order of their ids.</summary>
    /// <exception cref="SpoolException">The folder cannot be read.</exception>
    public IReadOnlyList<string> ListIds() => Guard(Path, "could not be read", () => SpoolFolder.IdsIn(Path));

    /// <summary>The folders below <c>unreadable</c> that hold files which nobody could make a segment of, in order.</summary>
    /// <exception cref="SpoolException">The folder cannot be read.</exception>
    public IReadOnlyList<string> ListSetAside()
    {
        var folder = System.IO.Path.GetDirectoryName(SpoolFolder.UnreadablePath(Path, "any"))!;
        return Guard<IReadOnlyList<string>>(folder, "could not be read", () => Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder).Where(session => Directory.EnumerateFiles(session).Any()).Order(StringComparer.Ordinal)]
            : []);
    }

    /// <summary>Takes a session over, unless some process holds it.</summary>
    /// <param name="id">The session.</param>
    /// <returns>The session; null when another process holds it or there is none.</returns>
    /// <exception cref="SpoolException">Its session.json is unreadable, or the disk refuses.</exception>
    /// <exception cref="LedgerException">Its ledger is damaged before its end.</exception>
    public SpoolSession? TryAcquire(string id)
    {
        var folder = FolderOf(id);
        FileStream? held = null;
        try
        {
            held = SessionLock.TryTake(folder);
            if (held is not null && File.Exists(SpoolFolder.DocumentPath(folder)))
            {
                return SpoolSession.Open(folder, held, _time);
            }

            held?.Dispose();
            return null;
        }
        catch (Exception e)
        {
            held?.Dispose();
            if (SpoolException.IsFileFailure(e))
            {
                throw Failure(folder, "could not be opened", e);
            }

            throw;
        }
    }

    /// <summary>Keeps a session from being taken for an orphan until its agent has it.</summary>
    /// <param name="id">The session; its folder is made where there is none.</param>
    /// <returns>
    /// What keeps it until disposed, and then removes a folder that became no session's; null when another process starts or
    /// recovers the session.
    /// </returns>
    /// <exception cref="SpoolException">The folder cannot be made.</exception>
    public IDisposable? TryHoldForStart(string id)
    {
        var folder = FolderOf(id);
        return Guard(folder, "could not be made", () =>
        {
            PrivateFolder.Create(folder);
            return SessionLock.TryTake(folder, SessionLock.Start) is { } held ? new StartHold(folder, held) : null;
        });
    }

    /// <summary>Takes a session over that nobody holds, and that nobody is about to start an agent for.</summary>
    /// <inheritdoc cref="TryAcquire"/>
    public SpoolSession? TryAcquireOrphan(string id)
    {
        if (!File.Exists(SpoolFolder.DocumentPath(FolderOf(id))))
        {
            return null;
        }

        using var start = TryHoldForStart(id);
        return start is null ? null : TryAcquire(id);
    }

    /// <summary>Whether some process, this one included, holds a session at this moment.</summary>
    /// <exception cref="SpoolException">The lock cannot be looked at.</exception>
    public bool IsHeld(string id)
    {
        var folder = FolderOf(id);
        return Guard(folder, "could not be read", () => SessionLock.IsTaken(folder));
    }

    /// <summary>Who is recorded in a session, without reading its account; null when there is no such session.</summary>
    /// <exception cref="SpoolException">session.json is unreadable.</exception>
    public SessionDocument? ReadDocument(string id)
    {
        var folder = FolderOf(id);
        return File.Exists(SpoolFolder.DocumentPath(folder)) ? SpoolFolder.ReadDocument(folder).Document : null;
    }

    /// <summary>Reads a session without taking it over, also while another process records it.</summary>
    /// <param name="id">The session.</param>
    /// <returns>Who is recorded, and the account up to now; null when there is no such session.</returns>
    /// <exception cref="SpoolException">It is unreadable.</exception>
    public (SessionDocument Document, SessionAccount Account)? Inspect(string id)
    {
        var folder = FolderOf(id);
        return Guard(folder, "could not be read", () => SpoolFolder.Inspect(folder));
    }

    /// <summary>Removes what an interrupted <see cref="SpoolSession.DeleteSession"/> left; harmless at any time.</summary>
    /// <exception cref="SpoolException">Something could not be removed.</exception>
    public void RemoveDeleted() => Guard(Path, "could not be cleaned up", () =>
    {
        foreach (var folder in Directory.EnumerateDirectories(Path, SpoolFolder.DeletedPrefix + "*"))
        {
            using var held = SessionLock.TryTake(folder);
            if (held is not null)
            {
                SpoolFolder.Delete(folder);
            }
        }
    });

    /// <summary>Whether a text is a session's id, and so a safe name of a folder.</summary>
    public static bool IsId(string id) =>
        id is { Length: > 0 and <= 128 }
        && id[0] != '.'
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private string FolderOf(string id)
    {
        if (!IsId(id))
        {
            throw new SpoolException(
                $"'{id}' is not a session id",
                isTransient: false,
                "use 1 to 128 letters, digits, '.', '_' and '-', not beginning with a dot");
        }

        var folder = System.IO.Path.Combine(Path, id);
        _trust.Require("the session's folder", folder);
        return folder;
    }

    private static void Abandon(FileStream? held, string? folder)
    {
        if (folder is not null && !File.Exists(SpoolFolder.DocumentPath(folder)))
        {
            SpoolFolder.Delete(folder);
        }

        held?.Dispose();
    }

    private static SpoolException Failure(string path, string what, Exception cause) => new(
        $"the spool folder {path} {what}: {cause.Message}",
        isTransient: true,
        "check the disk's free space and who may write there",
        cause);

    private static void Guard(string path, string what, Action action) => Guard(path, what, () =>
    {
        action();
        return true;
    });

    private static T Guard<T>(string path, string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw Failure(path, what, e);
        }
    }
}
