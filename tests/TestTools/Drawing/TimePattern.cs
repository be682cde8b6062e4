namespace SessionRecorder.TestTools.Drawing;

/// <summary>Paints the time on a display ten times a second, until it is cancelled.</summary>
/// <remarks>
/// What is painted is the tick's own time, a multiple of 100 ms, and not the time of painting: so the steps between
/// recorded frames are whole ticks. A tick that was missed is told, so that a reader can tell the painter's delay from
/// the recorder's.
/// </remarks>
internal static class TimePattern
{
    private const int Interval = 100;
    private const int StripHeight = 16;

    /// <summary>Paints.</summary>
    /// <param name="display">The display.</param>
    /// <param name="x">The pattern's left edge on the display.</param>
    /// <param name="y">The pattern's upper edge.</param>
    /// <param name="say">Takes <c>ready</c> after the first picture and <c>late FROM TO</c> for ticks that were missed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PaintAsync(string display, int x, int y, Action<string> say, CancellationToken cancellationToken)
    {
        using var canvas = new Canvas(display, TimeCode.Width, TimeCode.Height + StripHeight, x, y);
        var last = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            var tick = Now() / Interval * Interval;
            Paint(canvas, tick);
            canvas.Show(display);
            canvas.Raise();
            if (last == 0)
            {
                say("ready");
            }
            else if (tick - last > Interval)
            {
                say($"late {last} {tick}");
            }

            last = tick;
            var wait = tick + Interval - Now();
            if (wait > 0)
            {
                await Task.Delay((int)wait, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static void Paint(Canvas canvas, long tick)
    {
        var blocks = TimeCode.Encode(tick);
        var white = new List<Xcb.Rectangle>();
        for (var block = 0; block < TimeCode.Columns * TimeCode.Rows; block++)
        {
            if ((blocks >> (63 - block) & 1) != 0)
            {
                white.Add(Block(block % TimeCode.Columns, block / TimeCode.Columns));
            }
        }

        white.Add(Block((int)(tick / Interval % TimeCode.Columns), TimeCode.Rows));
        canvas.Fill(white: false, [new Xcb.Rectangle(0, 0, (ushort)canvas.Width, (ushort)canvas.Height)]);
        canvas.Fill(white: true, [.. white]);
    }

    private static Xcb.Rectangle Block(int column, int row) => new(
        (short)(column * TimeCode.BlockSize),
        (short)(row * TimeCode.BlockSize),
        TimeCode.BlockSize,
        TimeCode.BlockSize);
}
