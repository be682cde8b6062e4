namespace SessionRecorder;

/// <summary>The base of every failure that a plugin reports on purpose.</summary>
/// <remarks>
/// The message says what failed and where, in one sentence without a line break, and never holds a secret: it is
/// shown to operators and written to the ledger. <see cref="Remedy"/> says what to do about it. An exception of any
/// other type that leaves a plugin is treated as a defect of the plugin: transient, of scope
/// <see cref="FailureScope.Session"/>.
/// </remarks>
public abstract class RecorderException : Exception
{
    /// <summary>Makes an exception of known scope.</summary>
    /// <param name="message">What failed and where, one sentence.</param>
    /// <param name="scope">How far the failure reaches.</param>
    /// <param name="isTransient">Whether trying the same again later can succeed without anybody's help.</param>
    /// <param name="remedy">What to do about it, one sentence, or null where nothing useful can be said.</param>
    /// <param name="innerException">The cause, or null.</param>
    protected RecorderException(
        string message, FailureScope scope, bool isTransient, string? remedy = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Scope = scope;
        IsTransient = isTransient;
        Remedy = remedy;
    }

    /// <summary>How far the failure reaches.</summary>
    public FailureScope Scope { get; }

    /// <summary>Whether trying the same again later can succeed without anybody's help.</summary>
    public bool IsTransient { get; }

    /// <summary>What to do about it, one sentence; null where nothing useful can be said.</summary>
    public string? Remedy { get; }
}
