using System.Globalization;

namespace SessionRecorder.TestTools.Drawing;

/// <summary>A busy desktop: a display full of text that scrolls, a clock at its end.</summary>
internal static class ScrollingText
{
    private const int LineHeight = 13;
    private static readonly string[] _words =
        "session recorder keeps every second of the desktop in a segment or in a gap with a cause 0 17 4711 () {} -> =="
            .Split(' ');

    /// <summary>Paints until it is cancelled.</summary>
    /// <param name="display">The display.</param>
    /// <param name="say">Takes <c>ready</c> after the first picture.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task PaintAsync(string display, Action<string> say, CancellationToken cancellationToken)
    {
        using var canvas = new Canvas(display, 0, 0);

        // The same text in every run: what is compared was recorded from the same picture.
        var random = new Random(1);
        for (var line = 0; line < canvas.Height / LineHeight; line++)
        {
            AddLine(canvas, random);
        }

        canvas.Show(display);
        say("ready");
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (!cancellationToken.IsCancellationRequested)
        {
            Task tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            await tick.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Not steadily, which a codec learns to foresee: by nothing, a line or two, now and then by a page.
            var lines = random.Next(40) == 0 ? 40 : random.Next(3);
            for (var line = 0; line < lines; line++)
            {
                AddLine(canvas, random);
            }

            canvas.Show(display);
        }
    }

    private static void AddLine(Canvas canvas, Random random)
    {
        canvas.Scroll(LineHeight);
        var line = DateTimeOffset.Now.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture);
        var columns = Math.Min(250, canvas.Width / 6);
        while (line.Length < columns)
        {
            line += _words[random.Next(_words.Length)] + " ";
        }

        canvas.Write(4, canvas.Height - 3, line[..columns]);
    }
}
