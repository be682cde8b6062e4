namespace SessionRecorder;

/// <summary>Something that <c>doctor</c> can ask. Optional: a plugin registers it beside its service.</summary>
/// <remarks>A check leaves nothing behind, takes at most 10 s and is cancelled after that.</remarks>
public interface ISelfCheck
{
    /// <summary>Looks whether this part can do its work on this machine.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <returns>What was found, good and bad.</returns>
    IAsyncEnumerable<Finding> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>How grave a finding is.</summary>
public enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Recording works, but something is not as it should be.</summary>
    Warning,

    /// <summary>Recording or delivery does not work until this is mended.</summary>
    Problem,
}

/// <summary>One finding of a check.</summary>
/// <param name="Level">How grave.</param>
/// <param name="Subject">What was looked at, a few words: <c>ffmpeg</c>, <c>display :0</c>.</param>
/// <param name="Message">What was found, one sentence without secrets.</param>
/// <param name="Remedy">What to do, one sentence; null when nothing is to be done.</param>
public sealed record Finding(FindingLevel Level, string Subject, string Message, string? Remedy = null);
