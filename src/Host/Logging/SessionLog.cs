using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Logging;

/// <summary>The log of one session, which goes on in its next file when another process takes the session over. Thread-safe.</summary>
/// <param name="folder">Its folder, which is there.</param>
/// <param name="files">The files in it.</param>
/// <param name="loggers">Write to them.</param>
/// <param name="isUploaded">Whether it is stored beside the recording.</param>
internal sealed class SessionLog(string folder, LogFiles files, ILoggerFactory loggers, bool isUploaded) : IDisposable
{
    /// <summary>Write to it.</summary>
    public ILoggerFactory Loggers => loggers;

    /// <summary>Whether it is stored beside the recording.</summary>
    public bool IsUploaded => isUploaded;

    /// <summary>What is final, in order.</summary>
    public IReadOnlyList<LogPiece> Closed => [.. files.FindClosed().Select(index => new LogPiece(index, Path.Combine(folder, LogFiles.NameOf(index))))];

    /// <summary>Makes what was logged up to now final.</summary>
    public void Cut() => files.Close();

    /// <summary>Has the next piece have at least this number: those before it are stored, though they may be gone here.</summary>
    public void SkipTo(int index) => files.SkipTo(index);

    /// <summary>Every sink has a piece.</summary>
    public void MayRemove(LogPiece piece) => files.MayRemove(piece.Index);

    public void Dispose() => loggers.Dispose();
}
