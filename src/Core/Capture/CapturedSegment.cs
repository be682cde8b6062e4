namespace SessionRecorder;

/// <summary>What a video file holds, as measured from the file itself.</summary>
/// <param name="Duration">The file's length as its container tells it, and so as every player shows it.</param>
/// <param name="LastFrame">When the last frame begins, from the first one.</param>
/// <param name="Frames">How many frames it holds; at least 1.</param>
/// <param name="Width">The picture's width, in pixels.</param>
/// <param name="Height">The picture's height, in pixels.</param>
/// <param name="Holes">
/// Stretches within the file during which no new frame came for more than a second and for more than three frame
/// intervals, in order of time, as offsets from the first frame. Usually empty.
/// </param>
public sealed record SegmentFacts(
    TimeSpan Duration, TimeSpan LastFrame, int Frames, int Width, int Height, IReadOnlyList<SegmentHole> Holes);

/// <summary>A stretch within a segment during which no frame came.</summary>
/// <param name="From">The offset of the last frame before, from the segment's first frame.</param>
/// <param name="To">The offset of the first frame after, from the segment's first frame.</param>
public readonly record struct SegmentHole(TimeSpan From, TimeSpan To);

/// <summary>A finished video file, playable by itself.</summary>
/// <param name="Path">The file's absolute path. It is the host's from now on: it may be renamed at once.</param>
/// <param name="StartedAt">When its first frame was captured, by the system's clock, UTC.</param>
/// <param name="Facts">What it holds.</param>
/// <param name="Monitor">The <see cref="CaptureRegion.Monitor"/> of the region that it shows; null for the whole desktop.</param>
public sealed record CapturedSegment(string Path, DateTimeOffset StartedAt, SegmentFacts Facts, string? Monitor = null);
