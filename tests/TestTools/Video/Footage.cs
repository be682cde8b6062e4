using SessionRecorder.TestTools.Recording;

namespace SessionRecorder.TestTools.Video;

/// <summary>A frame in its place in the session.</summary>
/// <param name="Segment">The index of its segment.</param>
/// <param name="Told">When it was captured, by the manifest: the segment's start plus the frame's offset.</param>
/// <param name="Picture">The moment that the picture shows.</param>
public readonly record struct SessionFrame(int Segment, DateTimeOffset Told, DateTimeOffset Picture);

/// <summary>Two frames that follow each other, in one segment or across two.</summary>
public readonly record struct FrameStep(SessionFrame Before, SessionFrame After)
{
    /// <summary>How far the picture's time went on.</summary>
    public TimeSpan Length => After.Picture - Before.Picture;

    /// <summary>Whether the one is the last of its segment and the other the first of the next.</summary>
    public bool AcrossSegments => Before.Segment != After.Segment;

    public override string ToString() =>
        $"{Length.TotalSeconds:F1} s from {Before.Picture:HH:mm:ss.fff} (segment {Before.Segment}) "
        + $"to {After.Picture:HH:mm:ss.fff} (segment {After.Segment})";
}

/// <summary>All frames of a session that show the time, in order.</summary>
/// <remarks>Immutable.</remarks>
public sealed class Footage
{
    private Footage(IReadOnlyList<SessionFrame> frames, int unreadable, IReadOnlyList<FrameStep> steps)
    {
        Frames = frames;
        Unreadable = unreadable;
        Steps = steps;
    }

    public IReadOnlyList<SessionFrame> Frames { get; }

    /// <summary>How many frames hold no whole time pattern.</summary>
    public int Unreadable { get; }

    public IReadOnlyList<FrameStep> Steps { get; }

    /// <summary>The largest step.</summary>
    public FrameStep LargestStep => Steps.MaxBy(step => step.Length);

    /// <summary>
    /// By how much the manifest's time of a frame is after the time that the picture shows: smallest and largest. The
    /// pattern's interval of 100 ms is part of it.
    /// </summary>
    public (TimeSpan Smallest, TimeSpan Largest) ClockOffset =>
        (Frames.Min(frame => frame.Told - frame.Picture), Frames.Max(frame => frame.Told - frame.Picture));

    /// <summary>When the frames were captured, by the manifest, that hold no whole time pattern.</summary>
    public IReadOnlyList<DateTimeOffset> UnreadableAt { get; private init; } = [];

    /// <summary>Reads a session's segments, by its manifest.</summary>
    /// <param name="session">The session.</param>
    /// <param name="monitor">The monitor whose segments are read; null for all segments.</param>
    public static async Task<Footage> ReadAsync(RecordedSession session, string? monitor = null)
    {
        var unreadableAt = new List<DateTimeOffset>();
        var frames = new List<SessionFrame>();
        var unreadable = 0;
        foreach (var segment in session.Manifest.Segments.Where(segment => monitor is null || segment.Monitor == monitor))
        {
            foreach (var frame in await VideoReader.ReadAsync(session.PathOf(segment)))
            {
                if (frame.Picture is { } picture)
                {
                    frames.Add(new SessionFrame(segment.Index, segment.StartedAt + frame.Offset, picture));
                }
                else
                {
                    unreadable++;
                    unreadableAt.Add(segment.StartedAt + frame.Offset);
                }
            }
        }

        return new Footage(frames, unreadable, StepsOf(frames)) { UnreadableAt = unreadableAt };
    }

    /// <summary>Reads files of which nothing is told but their order; those that do not play count for nothing.</summary>
    public static async Task<Footage> ReadFilesAsync(IReadOnlyList<string> files)
    {
        var frames = new List<SessionFrame>();
        var unreadable = 0;
        for (var file = 0; file < files.Count; file++)
        {
            foreach (var frame in await ReadIfItPlaysAsync(files[file]))
            {
                if (frame.Picture is { } picture)
                {
                    frames.Add(new SessionFrame(file, picture, picture));
                }
                else
                {
                    unreadable++;
                }
            }
        }

        return Join(frames, unreadable);
    }

    private static Footage Join(IReadOnlyList<SessionFrame> frames, int unreadable) =>
        new(frames, unreadable, StepsOf(frames));

    private static IReadOnlyList<FrameStep> StepsOf(IReadOnlyList<SessionFrame> frames) =>
        [.. frames.Zip(frames.Skip(1), (before, after) => new FrameStep(before, after))];

    private static async Task<IReadOnlyList<VideoFrame>> ReadIfItPlaysAsync(string path)
    {
        try
        {
            return await VideoReader.ReadAsync(path);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
