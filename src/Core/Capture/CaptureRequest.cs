namespace SessionRecorder;

/// <summary>What is to be captured, and where the files go.</summary>
public sealed record CaptureRequest
{
    /// <summary>The session whose screen is captured.</summary>
    public required UserSession Session { get; init; }

    /// <summary>The part of the virtual desktop to capture, in physical pixels. Never empty.</summary>
    /// <remarks>A source whose codec needs even sizes pads by a pixel at the right and lower edge; it never crops.</remarks>
    public required PixelRectangle Region { get; init; }

    /// <summary>How many pictures are taken a second; 1 to 60.</summary>
    public required double FrameRate { get; init; }

    /// <summary>Whether the mouse pointer is drawn into the picture.</summary>
    public required bool Cursor { get; init; }

    /// <summary>After how much time a segment is closed and the next one begins.</summary>
    public required TimeSpan SegmentDuration { get; init; }

    /// <summary>An existing folder that the host owns and in which the capture writes its files; an absolute path.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>
    /// What the names of this capture's files begin with; letters, digits and hyphens. Files are named
    /// <c>{FilePrefix}-{number}.{extension}</c> with the number ascending from 0 and zero-padded to six digits, so that
    /// after a crash the host can put them in order by name.
    /// </summary>
    public required string FilePrefix { get; init; }
}
