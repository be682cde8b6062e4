namespace SessionRecorder;

/// <summary>What is to be captured, and where the files go.</summary>
public sealed record CaptureRequest
{
    /// <summary>The session whose screen is captured.</summary>
    public required UserSession Session { get; init; }

    /// <summary>
    /// The parts of the virtual desktop to capture, each into files of its own; at least one. Either one without a name,
    /// or any number with different names.
    /// </summary>
    /// <remarks>
    /// All are captured by one capture, which ends as a whole: when one of them fails, all have. A source whose codec
    /// needs even sizes pads by a pixel at the right and lower edge; it never crops.
    /// </remarks>
    public required IReadOnlyList<CaptureRegion> Regions { get; init; }

    /// <summary>The smallest rectangle that holds all regions.</summary>
    public PixelRectangle Bounds => Regions.Aggregate(default(PixelRectangle), (bounds, region) => bounds.Union(region.Bounds));

    /// <summary>How many pictures are taken a second; 1 to 60.</summary>
    public required double FrameRate { get; init; }

    /// <summary>Whether the mouse pointer is drawn into the picture.</summary>
    public required bool Cursor { get; init; }

    /// <summary>After how much time a segment is closed and the next one begins.</summary>
    public required TimeSpan SegmentDuration { get; init; }

    /// <summary>An existing folder that the host owns and in which the capture writes its files; an absolute path.</summary>
    public required string OutputDirectory { get; init; }
}
