namespace SessionRecorder;

/// <summary>One monitor of the desktop.</summary>
/// <param name="Name">The system's name for it (<c>DUMMY0</c>, <c>\\.\DISPLAY1</c>); unique within a topology.</param>
/// <param name="Bounds">Its place on the virtual desktop, in physical pixels.</param>
/// <param name="Scale">The user interface's scale, 1.0 = 96 DPI; 1.0 where the system has no such notion.</param>
/// <param name="IsPrimary">Whether it is the primary monitor. At most one is.</param>
public sealed record DisplayMonitor(string Name, PixelRectangle Bounds, double Scale, bool IsPrimary);

/// <summary>What the desktop looks like at one moment. Immutable; equal when nothing that matters differs.</summary>
public sealed class DisplayTopology : IEquatable<DisplayTopology>
{
    /// <summary>Makes a topology.</summary>
    /// <param name="monitors">The active monitors, primary first; may be empty while none is active.</param>
    /// <param name="bounds">The whole virtual desktop's bounds, in physical pixels. Never empty.</param>
    /// <exception cref="ArgumentException"><paramref name="bounds"/> holds no pixel.</exception>
    public DisplayTopology(IReadOnlyList<DisplayMonitor> monitors, PixelRectangle bounds)
    {
        ArgumentNullException.ThrowIfNull(monitors);
        if (bounds.IsEmpty)
        {
            throw new ArgumentException($"a display of {bounds} has no pixel", nameof(bounds));
        }

        Monitors = monitors;
        Bounds = bounds;
    }

    /// <summary>The active monitors, primary first; empty while none is active.</summary>
    public IReadOnlyList<DisplayMonitor> Monitors { get; }

    /// <summary>The whole virtual desktop's bounds, in physical pixels.</summary>
    public PixelRectangle Bounds { get; }

    /// <summary>
    /// The last moment, by the system's clock, UTC, at which the desktop certainly looked otherwise; null where the change
    /// was told as it happened. What was captured since then may show neither the one nor the other. Not part of equality.
    /// </summary>
    public DateTimeOffset? ChangedAfter { get; init; }

    /// <inheritdoc/>
    public bool Equals(DisplayTopology? other) =>
        other is not null && Bounds == other.Bounds && Monitors.SequenceEqual(other.Monitors);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DisplayTopology);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Bounds, Monitors.Count);
}
