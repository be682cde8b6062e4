namespace SessionRecorder.Host.Catalog;

/// <summary>Something that is wrong with a recording.</summary>
/// <param name="Object">The object concerned, below the recording's prefix.</param>
/// <param name="Fault">What is wrong with it, in plain words.</param>
internal sealed record VerifyFault(string Object, string Fault);

/// <summary>What a verification found.</summary>
/// <param name="Prefix">The recording.</param>
/// <param name="SessionId">The session's id, where it could be read.</param>
/// <param name="State">The session's state, where it could be read.</param>
/// <param name="Segments">How many segments were found, read and hashed.</param>
/// <param name="Bytes">How many bytes of them.</param>
/// <param name="Gaps">How many gaps the manifest tells of.</param>
/// <param name="LedgerLines">How many lines of the ledger are chained without a break.</param>
/// <param name="Faults">What is wrong; empty when the recording is whole.</param>
internal sealed record VerifyReport(
    string Prefix,
    string? SessionId,
    string? State,
    int Segments,
    long Bytes,
    int Gaps,
    long LedgerLines,
    IReadOnlyList<VerifyFault> Faults)
{
    /// <summary>
    /// What cannot be proven yet, because the session is still recorded or was interrupted; empty when it is sealed.
    /// </summary>
    public IReadOnlyList<VerifyFault> Unproven { get; init; } = [];

    /// <summary>What a reader has to know of a recording that is whole: what in it was made from a tail in storage.</summary>
    public IReadOnlyList<VerifyFault> Remarks { get; init; } = [];

    /// <summary>Whether nothing is wrong, and nothing is left to be proven.</summary>
    public bool IsWhole => Faults.Count == 0 && Unproven.Count == 0;
}

/// <summary>How far a verification is.</summary>
/// <param name="Object">The object that is being read.</param>
/// <param name="Segments">How many segments were read.</param>
/// <param name="OfSegments">Of how many.</param>
/// <param name="Bytes">How many bytes of segments were read.</param>
/// <param name="OfBytes">Of how many.</param>
internal readonly record struct VerifyProgress(string Object, int Segments, int OfSegments, long Bytes, long OfBytes);
