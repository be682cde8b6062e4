namespace SessionRecorder.Host.Spool;

/// <summary>What is known about a session: its facts, folded one by one, the same way live and when read again.</summary>
/// <remarks>Not thread-safe: <see cref="SpoolSession"/> guards the one it holds.</remarks>
internal sealed class SessionAccount
{
    /// <summary>The state of a session that is not sealed.</summary>
    public const string Recording = "recording";

    /// <summary>Seconds in a century: a ledger that was read may say anything.</summary>
    private const double MaxOffset = 100 * 366 * 86400d;

    private readonly List<SegmentClosed> _segments = [];
    private readonly List<FileSetAside> _setAside = [];
    private readonly Dictionary<string, FailedMeasurements> _unmeasured = new(StringComparer.Ordinal);
    private readonly List<SessionGap> _gaps = [];
    private readonly List<DisplayChanged> _displays = [];
    private readonly List<string> _oddities = [];
    private readonly List<CaptureStarted> _started = [];
    private readonly SortedDictionary<int, SegmentClosed> _lostSegments = [];
    private DateTimeOffset _lastSegmentEnd;
    private DateTimeOffset _lastSign;
    private int _captures;
    private int _nextSegment;
    private int _lastGap;

    /// <summary>The first line; null in an empty ledger.</summary>
    public SessionOpened? Opened { get; private set; }

    /// <summary>SHA-256 of session.json as it counts now; null in an empty ledger.</summary>
    public string? SessionSha256 { get; private set; }

    /// <summary>Whether a <see cref="SessionDescribed"/> has yet to come.</summary>
    public bool IsProvisional { get; private set; }

    /// <summary>The segments, in the order in which they were closed, without the lost ones.</summary>
    public IReadOnlyList<SegmentClosed> Segments => _segments;

    /// <summary>The segments with the lost ones, in no order: what a capture's other files are known by.</summary>
    public IEnumerable<SegmentClosed> EverClosed => _segments.Concat(_lostSegments.Values);

    /// <summary>The files that were set aside because nobody can read them.</summary>
    public IReadOnlyList<FileSetAside> SetAside => _setAside;

    /// <summary>The gaps, in the order in which they were opened; one without an end is open.</summary>
    public IReadOnlyList<SessionGap> Gaps => _gaps;

    /// <summary>The gaps that are open.</summary>
    public IEnumerable<SessionGap> OpenGaps => _gaps.Where(gap => gap.To is null);

    /// <summary>The display at the start and after each change.</summary>
    public IReadOnlyList<DisplayChanged> Displays => _displays;

    /// <summary>The capture that was started last, running or not; null before the first.</summary>
    public CaptureStarted? LastCapture { get; private set; }

    /// <summary>The captures that delivered a frame, in the order in which they were started.</summary>
    public IReadOnlyList<CaptureStarted> Captures => _started;

    /// <summary>
    /// Whether <see cref="LastCapture"/> has not been told to have ended. In an orphaned session its process may live.
    /// </summary>
    public bool IsCapturing { get; private set; }

    /// <summary>The closing line; null while the account is open.</summary>
    public SessionSealed? Seal { get; private set; }

    /// <summary><c>recording</c>, <c>complete</c> or <c>recovered</c>.</summary>
    public string State => Seal?.State ?? Recording;

    /// <summary>Whether the recorder died in this session and somebody took it over.</summary>
    public bool IsRecovered { get; private set; }

    /// <summary>Whether the session's user was told that it is recorded.</summary>
    public bool IsNoticeShown { get; private set; }

    /// <summary>When the last line was written, session time.</summary>
    public DateTimeOffset LastAt { get; private set; }

    /// <summary>The last moment of the session that the account knows of, session time: not of attempts to recover it.</summary>
    public DateTimeOffset LastKnown => SessionTime.Later(_lastSign, _lastSegmentEnd);

    /// <summary>What to add to session time to get the system's clock, by the last change that was noted.</summary>
    public TimeSpan ClockOffset { get; private set; }

    /// <summary>What was confirmed and refused by the sinks.</summary>
    public DeliveryAccount Delivery { get; } = new();

    /// <summary>The number for the next segment.</summary>
    public int NextSegment => _nextSegment;

    /// <summary>The numbers of segments that were closed and are lost.</summary>
    public IReadOnlyCollection<int> LostSegments => _lostSegments.Keys;

    /// <summary>The number for the next capture.</summary>
    public int NextCapture => _captures + 1;

    /// <summary>The number for the next gap.</summary>
    public int NextGap => _lastGap + 1;

    /// <summary>What in the facts contradicts itself, in plain words; empty in a ledger that this program wrote.</summary>
    public IReadOnlyList<string> Oddities => _oddities;

    /// <summary>Adds a fact.</summary>
    /// <param name="fact">The fact; null for one of a kind that a later version wrote.</param>
    /// <param name="at">When it was written, session time.</param>
    public void Apply(LedgerFact? fact, DateTimeOffset at)
    {
        if (Seal is not null && !LedgerFacts.IsDelivery(fact))
        {
            _oddities.Add("facts follow after the session was sealed");
        }

        LastAt = SessionTime.Later(LastAt, SessionTime.Normalize(at));
        _lastSign = fact is MeasurementFailed or SinksConfigured or SinkLacks ? _lastSign : LastAt;
        switch (fact)
        {
            case SessionOpened opened:
                Open(opened);
                break;
            case SessionDescribed described:
                Describe(described);
                break;
            case CaptureStarted started:
                _captures = Math.Max(_captures, started.Capture);
                _started.Add(started with { FirstFrameAt = SessionTime.Normalize(started.FirstFrameAt) });
                LastCapture = started;
                IsCapturing = true;
                break;
            case CaptureEnded ended:
                IsCapturing &= ended.Capture != LastCapture?.Capture;
                break;
            case SegmentClosed segment:
                Add(segment);
                break;
            case SegmentLost lost:
                Lose(lost);
                break;
            case FileSetAside aside:
                _setAside.Add(aside);
                break;
            case MeasurementFailed failed:
                var before = _unmeasured.GetValueOrDefault(failed.File, new FailedMeasurements(0, SessionTime.Normalize(at)));
                _unmeasured[failed.File] = before with { Count = before.Count + 1 };
                break;
            case DisplayChanged changed:
                _displays.Add(changed with { ChangedAt = SessionTime.Normalize(changed.ChangedAt) });
                break;
            case GapOpened gap:
                _lastGap = Math.Max(_lastGap, gap.Gap);
                _gaps.Add(new SessionGap(gap.Gap, SessionTime.Normalize(gap.From), null, gap.Cause, gap.Detail));
                break;
            case GapClosed gap:
                Close(gap);
                break;
            case ClockChanged clock:
                ClockOffset = TimeSpan.FromSeconds(Math.Clamp(clock.Offset, -MaxOffset, MaxOffset));
                break;
            case SessionRecovered:
                IsRecovered = true;
                break;
            case NoticeShown:
                IsNoticeShown = true;
                break;
            case SessionSealed seal:
                Seal = seal with { EndedAt = SessionTime.Normalize(seal.EndedAt) };
                break;
            default:
                Delivery.Apply(fact);
                break;
        }
    }

    /// <summary>A lost segment, as it was when it was closed; null where none of this number is lost.</summary>
    public SegmentClosed? FindLost(int index) => _lostSegments.GetValueOrDefault(index);

    /// <summary>The attempts to measure a file that failed; null where there was none.</summary>
    public FailedMeasurements? FindFailures(string file) => _unmeasured.TryGetValue(file, out var failures) ? failures : null;

    private void Open(SessionOpened opened)
    {
        if (Opened is not null)
        {
            _oddities.Add("the session is opened twice");
            return;
        }

        Opened = opened with { StartedAt = SessionTime.Normalize(opened.StartedAt) };
        SessionSha256 = opened.SessionSha256;
        IsProvisional = opened.Provisional == true;
    }

    private void Describe(SessionDescribed described)
    {
        if (!IsProvisional)
        {
            _oddities.Add("session.json is replaced and was final");
        }

        (SessionSha256, IsProvisional) = (described.SessionSha256, false);
    }

    private void Add(SegmentClosed segment)
    {
        if (segment.Index != NextSegment)
        {
            _oddities.Add($"segment {segment.Index} stands where segment {NextSegment} belongs");
        }

        // A capture that was killed before its line was written has a number all the same.
        _captures = Math.Max(_captures, segment.Capture);
        var normalized = segment with { StartedAt = SessionTime.Normalize(segment.StartedAt) };
        _segments.Add(normalized);
        _nextSegment = Math.Max(_nextSegment, segment.Index < int.MaxValue ? segment.Index + 1 : segment.Index);
        _lastSegmentEnd = SessionTime.Later(_lastSegmentEnd, SessionTime.After(normalized.StartedAt, normalized.Duration));
    }

    private void Lose(SegmentLost lost)
    {
        var place = _segments.FindLastIndex(segment => segment.Index == lost.Index && segment.Key == lost.Key);
        if (place < 0)
        {
            _oddities.Add($"segment {lost.Index} is lost and was not closed");
            return;
        }

        _lostSegments[lost.Index] = _segments[place];
        _segments.RemoveAt(place);
    }

    private void Close(GapClosed closed)
    {
        // From the end: it is nearly always the last one.
        var index = _gaps.FindLastIndex(gap => gap.Number == closed.Gap && gap.To is null);
        if (index < 0)
        {
            _oddities.Add($"gap {closed.Gap} is closed and was not open");
            return;
        }

        _gaps[index] = _gaps[index] with
        {
            From = SessionTime.Normalize(closed.From),
            To = SessionTime.Normalize(closed.To),
        };
    }
}

/// <summary>Attempts to measure a file that failed.</summary>
/// <param name="Count">How many.</param>
/// <param name="Since">When the first did, session time.</param>
internal readonly record struct FailedMeasurements(int Count, DateTimeOffset Since);

/// <summary>A stretch without a picture.</summary>
/// <param name="Number">Its number within the session, from 1.</param>
/// <param name="From">Its begin, session time.</param>
/// <param name="To">Its end; null while it is open.</param>
/// <param name="Cause">A <see cref="GapCause"/>.</param>
/// <param name="Detail">One line for operators, or null.</param>
internal sealed record SessionGap(int Number, DateTimeOffset From, DateTimeOffset? To, string Cause, string? Detail);
