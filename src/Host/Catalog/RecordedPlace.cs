using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Catalog;

/// <summary>Whether a session lies in storage where it was recorded to.</summary>
/// <remarks>
/// A whole store may be copied below another folder, so what stands before the platform's name may differ; and a part of a
/// store may be copied alone, so it is compared from the end as far as both go.
/// </remarks>
internal static class RecordedPlace
{
    /// <summary>Compares.</summary>
    /// <param name="prefix">Where it lies; empty at the very top.</param>
    /// <param name="document">Its session.json.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? FindFault(string prefix, SessionDocument document)
    {
        var actual = Parts(prefix);
        var recorded = Parts(document.Prefix);
        if (actual.Length == 0)
        {
            return null;
        }

        var platform = Array.LastIndexOf(recorded, document.Platform);

        // A platform may have no folder of its own name: then the last folder before the session's, whatever it stands for.
        var own = recorded[(platform >= 0 ? platform : Math.Max(0, recorded.Length - 2))..];
        var common = Math.Min(actual.Length, own.Length);
        return actual[^1] == StorageKey.EncodePart(document.SessionId) && actual.AsSpan(^common..).SequenceEqual(own.AsSpan(^common..))
            ? null
            : $"moved: it lies at {prefix}, and was recorded for {document.Prefix} (session {document.SessionId})";
    }

    private static string[] Parts(string prefix) => prefix.Split('/', StringSplitOptions.RemoveEmptyEntries);
}
