using System.Security.Cryptography;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Spool;

/// <summary>The ids that sessions of this machine have had: an empty file for each, for 90 days. Safe among processes.</summary>
/// <remarks>
/// A platform may give the same id again, to a session that is recorded a second time. Storage takes no second session of an
/// id, and one that was delivered is in the spool no more. The metadata hold the platform's id in any case.
/// </remarks>
/// <param name="spool">The spool of the machine.</param>
internal sealed class UsedIds(SpoolRoot spool)
{
    /// <summary>What an id may have before an addition of seven characters.</summary>
    private const int LongestName = 121;

    private static readonly TimeSpan Kept = TimeSpan.FromDays(90);

    private readonly string _folder = Path.Combine(Path.GetDirectoryName(spool.Path)!, "used-ids");

    /// <summary>An id that is free, and not from now on.</summary>
    /// <param name="wanted">The one that the platform gave.</param>
    /// <param name="systemSession">The system's name for the session.</param>
    /// <returns>That id; also where this same session can be gone on with, for its recorder died. Else the id with an addition.</returns>
    /// <exception cref="SpoolException">The folder cannot be written.</exception>
    public string Take(string wanted, string systemSession)
    {
        if (GoesOn(wanted, systemSession))
        {
            return wanted;
        }

        try
        {
            PrivateFolder.Create(_folder);
            Prune();
            var id = wanted;
            while (spool.ReadDocument(id) is not null || !TryTake(id))
            {
                id = $"{wanted[..Math.Min(wanted.Length, LongestName)]}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
            }

            return id;
        }
        catch (Exception e) when (SpoolException.IsFileFailure(e))
        {
            throw new SpoolException(
                $"the folder {_folder} could not be written: {e.Message}", isTransient: true, "make room on its disk, or mend the folder", e, FailureScope.Host);
        }
    }

    /// <summary>An open account of the same session that nobody has in hand: its recorder died.</summary>
    private bool GoesOn(string id, string systemSession) =>
        spool.ReadDocument(id) is { } document
        && document.SystemSession == systemSession
        && !spool.IsHeld(id)
        && spool.Inspect(id) is { Account.Seal: null };

    private bool TryTake(string id)
    {
        var path = Path.Combine(_folder, id);
        if (File.Exists(path))
        {
            return false;
        }

        try
        {
            new FileStream(path, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another start was faster.
            return false;
        }
    }

    private void Prune()
    {
        foreach (var old in new DirectoryInfo(_folder).EnumerateFiles().Where(file => DateTime.UtcNow - file.LastWriteTimeUtc > Kept))
        {
            old.Delete();
        }
    }
}
