namespace SessionRecorder;

/// <summary>A rectangle of the virtual desktop, in physical pixels.</summary>
/// <remarks>
/// On Windows the origin is the primary monitor's upper left corner, so <paramref name="X"/> and
/// <paramref name="Y"/> may be negative; on X11 it is the root window's. X grows to the right, Y downwards.
/// </remarks>
/// <param name="X">The left edge.</param>
/// <param name="Y">The upper edge.</param>
/// <param name="Width">The width; zero or more.</param>
/// <param name="Height">The height; zero or more.</param>
public readonly record struct PixelRectangle(int X, int Y, int Width, int Height)
{
    /// <summary>Whether the rectangle holds no pixel.</summary>
    public bool IsEmpty => Width <= 0 || Height <= 0;

    /// <summary>The smallest rectangle that holds both; an empty one adds nothing.</summary>
    /// <param name="other">The other rectangle.</param>
    /// <returns>The union's bounds.</returns>
    public PixelRectangle Union(PixelRectangle other)
    {
        if (IsEmpty)
        {
            return other;
        }

        if (other.IsEmpty)
        {
            return this;
        }

        var left = Math.Min(X, other.X);
        var top = Math.Min(Y, other.Y);
        return new PixelRectangle(
            left,
            top,
            Math.Max(X + Width, other.X + other.Width) - left,
            Math.Max(Y + Height, other.Y + other.Height) - top);
    }

    /// <summary>The geometry as X11 and operators write it, e.g. <c>1280x720+0+0</c> or <c>1280x720-1280+0</c>.</summary>
    /// <returns>Width, height and signed offsets.</returns>
    public override string ToString() => $"{Width}x{Height}{X:+0;-0;+0}{Y:+0;-0;+0}";
}
