using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Upload;

/// <summary>An object in a sink's queue, with what became of it so far. Guarded by the queue.</summary>
internal sealed class QueuedObject(PendingObject pending)
{
    /// <summary>
    /// So many strikes put it behind the others. A failure that can be the sink's own is one, a failure that is more likely
    /// this object's counts as all of them.
    /// </summary>
    public const int StrikesOut = 3;

    private int _strikes;

    /// <summary>The object.</summary>
    public PendingObject Pending => pending;

    /// <summary>The segment, where it is one.</summary>
    public SegmentClosed? Segment => pending.Segment;

    /// <summary>How often it was put behind the others.</summary>
    public int Rank => _strikes / StrikesOut;

    /// <summary>Why the sink refused it for good; null where it did not, or not since the last success.</summary>
    public string? Refusal { get; private set; }

    /// <summary>When it may be sent again, by the time provider's stamps.</summary>
    public long NotBefore { get; private set; }

    /// <summary>Whether it is being sent.</summary>
    public bool IsFlying { get; set; }

    /// <summary>Whether the sink has it.</summary>
    public bool IsDone { get; set; }

    /// <summary>Whether it neither is done nor was refused.</summary>
    public bool IsWaiting => !IsDone && Refusal is null;

    /// <summary>An attempt failed.</summary>
    public void Strike(bool isSinksFailure) => _strikes += isSinksFailure ? 1 : StrikesOut;

    /// <summary>The sink refused it.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Refuse(string reason, long notBefore)
    {
        var isNew = Refusal != reason;
        (Refusal, NotBefore) = (reason, notBefore);
        return isNew;
    }

    /// <summary>What was is forgotten: it may be sent now, as the others.</summary>
    public void Forgive() => (_strikes, NotBefore) = (0, 0);
}
