using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Spool;

/// <summary>A session's folder in the spool, held by this process alone until disposed.</summary>
/// <remarks>
/// Thread-safe. A fact that <see cref="Record(LedgerFact)"/> was given counts at once, also where the disk refuses its
/// line for now: see <see cref="Spool.Ledger.HasPending"/>.
/// </remarks>
internal sealed class SpoolSession : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Lock _accepting = new();
    private readonly FileStream _held;
    private readonly SessionAccount _account;
    private readonly long? _rebuiltFrom;
    private volatile SessionDocument _document;

    private SpoolSession(
        string folder, FileStream held, SessionDocument document, Ledger ledger, SessionAccount account, SessionClock clock) =>
        (Directory, _held, _document, Ledger, _account, Clock, _rebuiltFrom) =
        (folder, held, document, ledger, account, clock, SpoolFolder.ReadRebuiltFrom(folder));

    /// <summary>The session's id.</summary>
    public string Id => Document.SessionId;

    /// <summary>The session's folder.</summary>
    public string Directory { get; }

    /// <summary>Where captures write their unfinished files.</summary>
    public string OpenDirectory => SpoolFolder.OpenPath(Directory);

    /// <summary>Where finished segments wait for their delivery.</summary>
    public string VideoDirectory => SpoolFolder.VideoPath(Directory);

    /// <summary>Who is recorded. May be replaced, once, while it is <see cref="SessionDocument.Provisional"/>.</summary>
    public SessionDocument Document => _document;

    /// <summary>Raised for each new fact, on the thread that recorded it. A handler is quick and throws nothing.</summary>
    public event Action<LedgerFact>? Recorded;

    /// <summary>Whether this is no recorder's own spool, but was made again from what storage holds.</summary>
    public bool IsFromStorage => _rebuiltFrom is not null;

    /// <summary>How many bytes of the ledger are the recorder's own, where this was made again from storage; else null.</summary>
    public long? RebuiltFrom => _rebuiltFrom;

    /// <summary>The ledger. Facts are added through <see cref="Record(LedgerFact)"/> alone.</summary>
    public Ledger Ledger { get; }

    /// <summary>The session's clock, which goes on from the last line. The recorder calls its Check.</summary>
    public SessionClock Clock { get; }

    /// <summary>Opens a folder whose lock is held.</summary>
    public static SpoolSession Open(string folder, FileStream held, TimeProvider time)
    {
        var (document, sha256) = SpoolFolder.ReadDocument(folder);
        var account = new SessionAccount();
        var ledger = Ledger.Open(SpoolFolder.LedgerPath(folder), line => account.Apply(line.Fact, line.At));
        try
        {
            var session = new SpoolSession(folder, held, document, ledger, account, StartClock(account, time));
            System.IO.Directory.CreateDirectory(session.OpenDirectory);
            System.IO.Directory.CreateDirectory(session.VideoDirectory);
            DurableFiles.FlushDirectory(folder);
            if (account.Opened is null)
            {
                session.Record(new SessionOpened(
                    document.SessionId, document.StartedAt, sha256, document.Recorder, document.Provisional ? true : null));
            }
            else if (session.Clock.Offset != account.ClockOffset && account.Seal is null)
            {
                session.Record(new ClockChanged(session.Clock.Now, session.Clock.Offset.TotalSeconds));
            }

            if (account.IsProvisional && account.Seal is null && !document.Provisional)
            {
                // A crash came between the file and its line.
                session.Record(new SessionDescribed(sha256));
            }

            return session;
        }
        catch
        {
            ledger.Dispose();
            throw;
        }
    }

    /// <summary>Looks at the account while nothing is recorded. Take out what is needed; do not keep the account.</summary>
    public T Read<T>(Func<SessionAccount, T> read)
    {
        lock (_gate)
        {
            return read(_account);
        }
    }

    /// <summary>Makes a provisional session.json the final one. Does nothing where it is final already.</summary>
    /// <param name="document">The document; of the same session.</param>
    /// <exception cref="SpoolException">The disk refuses; what was there is still there.</exception>
    public void Describe(SessionDocument document)
    {
        lock (_accepting)
        {
            if (!Document.Provisional)
            {
                return;
            }

            try
            {
                var bytes = SessionJson.Serialize(document with { Provisional = false });
                DurableFiles.Write(SpoolFolder.DocumentPath(Directory), bytes);
                Record(new SessionDescribed(LedgerLine.HashOf(bytes)));
                _document = document with { Provisional = false };
            }
            catch (Exception e) when (SpoolException.IsFileFailure(e))
            {
                throw new SpoolException($"session.json in {Directory} could not be written: {e.Message}", isTransient: true, null, e);
            }
        }
    }

    /// <summary>Adds a fact to ledger and account.</summary>
    /// <exception cref="InvalidOperationException">The session is sealed, and the fact is no delivery.</exception>
    public void Record(LedgerFact fact) => Record(_ => fact);

    /// <summary>Adds a fact that is made from the account, in one step: a gap with the next number, say.</summary>
    /// <returns>The fact.</returns>
    /// <inheritdoc cref="Record(LedgerFact)"/>
    public T Record<T>(Func<SessionAccount, T> make)
        where T : LedgerFact
    {
        T fact;
        lock (_gate)
        {
            fact = make(_account);
            if (_account.Seal is not null && !LedgerFacts.IsDelivery(fact))
            {
                throw new InvalidOperationException($"The session {Id} is sealed: {fact.GetType().Name} cannot follow.");
            }

            var at = SessionTime.Later(Clock.Now, _account.LastAt);
            Ledger.Append(fact, at);
            _account.Apply(fact, at);
        }

        Recorded?.Invoke(fact);
        return fact;
    }

    /// <summary>Makes a closed file a segment: durable, hashed, in its final place and in the ledger.</summary>
    /// <param name="openFile">The file, in <see cref="OpenDirectory"/>, or in <see cref="VideoDirectory"/> without a line.</param>
    /// <param name="capture">The capture that made it.</param>
    /// <param name="startedAt">When its first frame was taken, session time.</param>
    /// <param name="facts">What it holds.</param>
    /// <param name="monitor">The monitor that it shows; null where it shows all.</param>
    /// <returns>The line.</returns>
    /// <exception cref="SpoolException">
    /// The disk refuses; <see cref="FindUnfinishedFiles"/> finds the file, where it was or in its final place.
    /// </exception>
    public SegmentClosed AcceptSegment(
        string openFile, int capture, DateTimeOffset startedAt, SegmentFacts facts, string? monitor = null)
    {
        lock (_accepting)
        {
            try
            {
                DurableFiles.FlushFile(openFile);
                var (sha256, length) = DurableFiles.Hash(openFile);
                var index = Read(account => account.NextSegment);
                var start = SessionTime.Normalize(startedAt);
                var key = SegmentName.Key(index, start, IsFromStorage);
                var name = Path.GetDirectoryName(openFile) == OpenDirectory ? Path.GetFileName(openFile) : null;
                MoveIntoPlace(openFile, PathOf(key));
                var duration = SessionTime.Seconds(facts.Duration);
                var (frames, width, height) = (facts.Frames, facts.Width, facts.Height);
                return Record(_ => new SegmentClosed(
                    index, capture, key, start, duration, frames, width, height, length, sha256, monitor, name));
            }
            catch (Exception e) when (SpoolException.IsFileFailure(e))
            {
                throw new SpoolException(
                    $"the segment {openFile} could not be taken into the spool: {e.Message}",
                    isTransient: true,
                    "check the disk's free space and who may write there",
                    e,
                    FailureScope.Segment);
            }
        }
    }

    /// <summary>The files that a crash left: those without a line in the ledger.</summary>
    /// <returns>
    /// First the files whose renaming was done and whose line was not, then those in <see cref="OpenDirectory"/>, each in
    /// the order of their names, which is that of time.
    /// </returns>
    /// <exception cref="SpoolException">The folders cannot be read.</exception>
    public IReadOnlyList<UnfinishedFile> FindUnfinishedFiles()
    {
        var known = Read(account => account.Segments.Select(segment => segment.Key).ToHashSet(StringComparer.Ordinal));
        try
        {
            var moved = SpoolFolder.FilesIn(VideoDirectory)
                .Where(file => !known.Contains(SegmentName.Folder + file.Name))
                .Select(file => new UnfinishedFile(file.FullName, SegmentName.StartedAt(file.Name)));
            return [.. moved, .. SpoolFolder.FilesIn(OpenDirectory).Select(file => new UnfinishedFile(file.FullName, null))];
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw new SpoolException($"the spool folder {Directory} could not be read: {e.Message}", true, null, e);
        }
    }

    /// <summary>Moves a file that nobody can make a segment of out of the session, and out of everybody's way.</summary>
    /// <returns>Where it is now: below <c>unreadable</c>, beside the folder of all sessions.</returns>
    /// <exception cref="SpoolException">It could not be moved.</exception>
    public string SetAside(UnfinishedFile file)
    {
        var folder = SpoolFolder.UnreadablePath(Path.GetDirectoryName(Directory)!, Id);
        var aside = Path.Combine(folder, $"{Guid.NewGuid():N}-{Path.GetFileName(file.Path)}");
        try
        {
            PrivateFolder.Create(folder);
            DurableFiles.Rename(file.Path, aside);
            return aside;
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw new SpoolException($"{file.Path} could not be moved to {folder}: {e.Message}", true, null, e);
        }
    }

    /// <summary>Where the files are that were set aside; null where none was.</summary>
    public string? SetAsideFolder => Read(account => account.SetAside.Count) > 0
        ? SpoolFolder.UnreadablePath(Path.GetDirectoryName(Directory)!, Id)
        : null;

    /// <summary>The file of a segment, whether it is still there or not.</summary>
    /// <param name="key">Its key below the session's prefix.</param>
    /// <exception cref="ArgumentException">That is not the key of a segment.</exception>
    public string PathOf(string key)
    {
        var name = key.StartsWith(SegmentName.Folder, StringComparison.Ordinal) ? key[SegmentName.Folder.Length..] : "";
        return StorageKey.IsValid(name) && !name.Contains('/', StringComparison.Ordinal)
            ? Path.Combine(VideoDirectory, name)
            : throw new ArgumentException($"'{key}' is not the key of a segment.", nameof(key));
    }

    /// <summary>Deletes a segment's file; one that is gone is no error. Every sink must have confirmed it.</summary>
    /// <exception cref="SpoolException">It could not be deleted.</exception>
    public void DeleteVideo(string key)
    {
        var path = PathOf(key);
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw new SpoolException($"the segment {path} could not be deleted: {e.Message}", true, null, e, FailureScope.Segment);
        }
    }

    /// <summary>Deletes the whole folder and lets go of the session. Every sink must have confirmed everything.</summary>
    /// <remarks>The folder is renamed first: after a crash half-way there is no session that could be delivered anew.</remarks>
    /// <exception cref="SpoolException">
    /// It could not be deleted, and what is left is removed another time; or there is video in it that is no segment.
    /// </exception>
    public void DeleteSession()
    {
        if (FindUnfinishedFiles() is [var unfinished, ..])
        {
            throw new SpoolException(
                $"{unfinished.Path} is in no segment, so the folder {Directory} is kept",
                isTransient: true,
                "`session-recorder recover` makes a segment of it");
        }

        var root = Path.GetDirectoryName(Directory)!;
        var deleted = Path.Combine(root, $"{SpoolFolder.DeletedPrefix}{Id}-{Guid.NewGuid():N}");
        try
        {
            Ledger.Dispose();
            if (OperatingSystem.IsWindows())
            {
                // A folder with an open file in it cannot be renamed there.
                _held.Dispose();
            }

            System.IO.Directory.Move(Directory, deleted);
            DurableFiles.FlushDirectory(root);
            SpoolFolder.Delete(deleted);
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw new SpoolException($"the spool folder {Directory} could not be deleted: {e.Message}", true, null, e);
        }
        finally
        {
            _held.Dispose();
        }
    }

    /// <summary>Lets go of the session: another process may take it over.</summary>
    public void Dispose()
    {
        Ledger.Dispose();
        _held.Dispose();
    }

    private static void MoveIntoPlace(string openFile, string path)
    {
        if (path != openFile && File.Exists(path))
        {
            throw new IOException($"{path} exists already");
        }

        DurableFiles.Rename(openFile, path);
    }

    private static SessionClock StartClock(SessionAccount account, TimeProvider time)
    {
        // The clock may have been set back while nobody watched it: session time goes on from the last line all the same.
        var clock = new SessionClock(time, account.ClockOffset);
        var behind = account.LastAt - clock.Now;
        return behind > TimeSpan.Zero ? new SessionClock(time, account.ClockOffset - behind) : clock;
    }
}

/// <summary>A file that a crash left without a line in the ledger.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="StartedAt">When its first frame was taken, session time, where its name tells; else null.</param>
internal sealed record UnfinishedFile(string Path, DateTimeOffset? StartedAt);
