using System.Text.Json.Serialization;

namespace SessionRecorder.Host.Spool;

/// <summary>One fact about a session, as it stands in a line of its ledger (docs/manifest.md).</summary>
/// <remarks>
/// A line holds these members besides <c>seq</c> (0, 1, 2 …), <c>at</c> (when it was written, session time) and
/// <c>prev</c> (SHA-256 of the line before). Times are session time: see <see cref="Recording.SessionClock"/>.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "fact")]
[JsonDerivedType(typeof(SessionOpened), "session-opened")]
[JsonDerivedType(typeof(SessionDescribed), "session-described")]
[JsonDerivedType(typeof(CaptureStarted), "capture-started")]
[JsonDerivedType(typeof(CaptureEnded), "capture-ended")]
[JsonDerivedType(typeof(SegmentClosed), "segment-closed")]
[JsonDerivedType(typeof(SegmentLost), "segment-lost")]
[JsonDerivedType(typeof(FileSetAside), "file-set-aside")]
[JsonDerivedType(typeof(MeasurementFailed), "measurement-failed")]
[JsonDerivedType(typeof(DisplayChanged), "display-changed")]
[JsonDerivedType(typeof(GapOpened), "gap-opened")]
[JsonDerivedType(typeof(GapClosed), "gap-closed")]
[JsonDerivedType(typeof(ClockChanged), "clock-changed")]
[JsonDerivedType(typeof(SessionChanged), "session-changed")]
[JsonDerivedType(typeof(SpoolFilled), "spool-filled")]
[JsonDerivedType(typeof(NoticeShown), "notice-shown")]
[JsonDerivedType(typeof(NoticeFailed), "notice-failed")]
[JsonDerivedType(typeof(Uploaded), "uploaded")]
[JsonDerivedType(typeof(UploadRefused), "upload-refused")]
[JsonDerivedType(typeof(SinksConfigured), "sinks-configured")]
[JsonDerivedType(typeof(SinkLacks), "sink-lacks")]
[JsonDerivedType(typeof(SessionRecovered), "session-recovered")]
[JsonDerivedType(typeof(SessionSealed), "session-sealed")]
internal abstract record LedgerFact;

/// <summary>The first line of every ledger.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="StartedAt">When the session's account begins.</param>
/// <param name="SessionSha256">SHA-256 of session.json, which holds the rest of what is known at the start.</param>
/// <param name="Recorder">The version that records.</param>
/// <param name="Provisional">True where metadata is still awaited, and a <see cref="SessionDescribed"/> follows; else null.</param>
internal sealed record SessionOpened(
    string SessionId,
    DateTimeOffset StartedAt,
    string SessionSha256,
    string Recorder,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Provisional = null) : LedgerFact;

/// <summary>Metadata that was not known at the start has arrived, or is waited for no longer: session.json is final.</summary>
/// <param name="SessionSha256">SHA-256 of session.json as it is stored; takes the place of <see cref="SessionOpened.SessionSha256"/>.</param>
internal sealed record SessionDescribed(string SessionSha256) : LedgerFact;

/// <summary>A capture delivered its first frame.</summary>
/// <param name="Capture">The capture's number within the session, from 1.</param>
/// <param name="FirstFrameAt">When that frame was taken.</param>
/// <param name="Region">What is captured, as <see cref="PixelRectangle.ToString"/> writes it; of several, what holds all.</param>
/// <param name="FrameRate">Frames a second.</param>
/// <param name="Source">The way the screen is read.</param>
/// <param name="Encoder">The encoder.</param>
/// <param name="Program">The capturing program and its version.</param>
/// <param name="ProcessId">The capturing process, or null.</param>
/// <param name="ProcessStart">What tells it from a later process of the same id, or null.</param>
/// <param name="Tracks">What each monitor's own video shows; absent where all monitors are in one.</param>
internal sealed record CaptureStarted(
    int Capture,
    DateTimeOffset FirstFrameAt,
    string Region,
    double FrameRate,
    string Source,
    string Encoder,
    string Program,
    int? ProcessId,
    string? ProcessStart,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<LedgerTrack>? Tracks = null) : LedgerFact;

/// <summary>A monitor that has a video of its own.</summary>
/// <param name="Monitor">The monitor's name.</param>
/// <param name="Region">Its place on the desktop, as <see cref="PixelRectangle.ToString"/> writes it.</param>
internal sealed record LedgerTrack(string Monitor, string Region);

/// <summary>A capture ended.</summary>
/// <param name="Capture">The capture's number.</param>
/// <param name="End">How, a <see cref="CaptureEnd"/> in kebab case.</param>
/// <param name="Detail">One line for operators, or null.</param>
internal sealed record CaptureEnded(int Capture, string End, string? Detail) : LedgerFact;

/// <summary>A segment's file is closed, hashed and in its final place.</summary>
/// <param name="Index">The segment's number within the session, from 0 without a gap.</param>
/// <param name="Capture">The capture that made it.</param>
/// <param name="Key">Its key below the session's prefix: <c>video/…mp4</c>.</param>
/// <param name="StartedAt">When its first frame was taken.</param>
/// <param name="Duration">Seconds from the first frame to the end of the last.</param>
/// <param name="Frames">How many frames it holds.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="Sha256">The file's hash.</param>
/// <param name="Monitor">The monitor that it shows; absent where it shows all.</param>
/// <param name="File">The name that the file had while it grew, by which its tail in storage is found; or null.</param>
internal sealed record SegmentClosed(
    int Index,
    int Capture,
    string Key,
    DateTimeOffset StartedAt,
    double Duration,
    int Frames,
    int Width,
    int Height,
    long Bytes,
    string Sha256,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? Monitor = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    string? File = null) : LedgerFact;

/// <summary>A segment that was closed is nowhere: the machine is gone, and storage had not received it yet.</summary>
/// <param name="Index">The segment's number, which is not given again.</param>
/// <param name="Key">Its key.</param>
internal sealed record SegmentLost(int Index, string Key) : LedgerFact;

/// <summary>A captured file can be made no segment, because nothing in it can be read; it was kept outside the session.</summary>
/// <param name="File">The name that it had.</param>
/// <param name="Detail">Why, one line for operators.</param>
internal sealed record FileSetAside(string File, string Detail) : LedgerFact;

/// <summary>A captured file could not be measured, as may pass: it is tried again, and in the end measured by its boxes alone.</summary>
/// <param name="File">The name that it has.</param>
/// <param name="Detail">Why, one line for operators.</param>
internal sealed record MeasurementFailed(string File, string Detail) : LedgerFact;

/// <summary>The display's topology, at the start and after each change.</summary>
/// <param name="ChangedAt">When it was noticed.</param>
/// <param name="Monitors">The monitors.</param>
internal sealed record DisplayChanged(DateTimeOffset ChangedAt, IReadOnlyList<LedgerMonitor> Monitors) : LedgerFact;

/// <summary>A monitor, as it stands in ledger and manifest.</summary>
internal sealed record LedgerMonitor(string Name, int X, int Y, int Width, int Height, double Scale, bool Primary);

/// <summary>From a moment on there is no picture.</summary>
/// <param name="Gap">The gap's number within the session, from 1.</param>
/// <param name="From">The last frame before it, or the session's start.</param>
/// <param name="Cause">A <see cref="GapCause"/>.</param>
/// <param name="Detail">One line for operators, or null.</param>
internal sealed record GapOpened(int Gap, DateTimeOffset From, string Cause, string? Detail) : LedgerFact;

/// <summary>There is a picture again, or the session ended.</summary>
/// <param name="Gap">The gap's number.</param>
/// <param name="From">As opened, or corrected when the last frame before became known.</param>
/// <param name="To">The first frame after it, or the session's end.</param>
internal sealed record GapClosed(int Gap, DateTimeOffset From, DateTimeOffset To) : LedgerFact;

/// <summary>The system's clock was set; session time went on without a jump back.</summary>
/// <param name="ChangedAt">When it was noticed.</param>
/// <param name="Offset">Seconds to add to session time to get the system's clock from now on.</param>
internal sealed record ClockChanged(DateTimeOffset ChangedAt, double Offset) : LedgerFact;

/// <summary>The session was locked, disconnected, ended …</summary>
/// <param name="ChangedAt">When it was noticed.</param>
/// <param name="Change">A <see cref="Recording.SessionChangeName"/>.</param>
internal sealed record SessionChanged(DateTimeOffset ChangedAt, string Change) : LedgerFact;

/// <summary>The spool reached or left a level of its limit, which concerns how much is captured.</summary>
/// <param name="ChangedAt">When it was noticed.</param>
/// <param name="Level"><c>roomy</c>, <c>thinning</c> (one picture a second from now on) or <c>full</c> (capturing pauses).</param>
/// <param name="Bytes">The video of all sessions that waits.</param>
/// <param name="Limit">The limit, in bytes.</param>
internal sealed record SpoolFilled(DateTimeOffset ChangedAt, string Level, long Bytes, long Limit) : LedgerFact;

/// <summary>The session's user was told that it is recorded.</summary>
/// <param name="ShownAt">When it was on the screen.</param>
/// <param name="How">How, by the display plugin's word: <c>window</c>, <c>message-box</c>.</param>
/// <param name="Text">What it says.</param>
internal sealed record NoticeShown(DateTimeOffset ShownAt, string How, string Text) : LedgerFact;

/// <summary>The session's user was to be told, and it could not be shown.</summary>
/// <param name="Reason">Why, one line.</param>
internal sealed record NoticeFailed(string Reason) : LedgerFact;

/// <summary>A sink confirmed an object.</summary>
/// <param name="Sink">The sink's name in the configuration.</param>
/// <param name="Key">The object's key below the session's prefix.</param>
/// <param name="Sha256">The hash that was confirmed.</param>
internal sealed record Uploaded(string Sink, string Key, string Sha256) : LedgerFact;

/// <summary>A sink refused an object for good; it stays in the spool.</summary>
/// <param name="Sink">The sink's name in the configuration.</param>
/// <param name="Key">The object's key below the session's prefix.</param>
/// <param name="Reason">What the sink said, one line.</param>
internal sealed record UploadRefused(string Sink, string Key, string Reason) : LedgerFact;

/// <summary>The sinks that the session goes to from now on; what all of them have confirmed is deleted locally.</summary>
/// <param name="Sinks">Their names in the configuration, in order.</param>
internal sealed record SinksConfigured(IReadOnlyList<string> Sinks) : LedgerFact;

/// <summary>Segments that a sink will never get: all sinks of their time had confirmed them before this one was configured.</summary>
/// <param name="Sink">The sink's name in the configuration.</param>
/// <param name="Segments">The segments' keys below the session's prefix.</param>
internal sealed record SinkLacks(string Sink, IReadOnlyList<string> Segments) : LedgerFact;

/// <summary>The recorder had died; another process or a restarted agent took the session over.</summary>
/// <param name="RecoveredAt">When.</param>
/// <param name="LastSign">The last moment at which the dead recorder is known to have lived.</param>
/// <param name="Repaired">How many unfinished files were made segments.</param>
/// <param name="Continues">Whether the session goes on being recorded (a restarted agent).</param>
internal sealed record SessionRecovered(DateTimeOffset RecoveredAt, DateTimeOffset LastSign, int Repaired, bool Continues)
    : LedgerFact;

/// <summary>The account is closed; only facts of the delivery follow (<see cref="LedgerFacts.IsDelivery"/>), and only locally.</summary>
/// <param name="EndedAt">The session's end.</param>
/// <param name="State"><c>complete</c> or <c>recovered</c>.</param>
/// <param name="ManifestSha256">
/// SHA-256 of manifest.json with its <c>ledgerHash</c> replaced by 64 zeros: the manifest holds this line's hash, so
/// this line cannot hold the manifest's.
/// </param>
internal sealed record SessionSealed(DateTimeOffset EndedAt, string State, string ManifestSha256) : LedgerFact;
