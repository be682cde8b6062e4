using System.Diagnostics;
using SessionRecorder.TestTools.Drawing;

// SessionRecorder.TestTools time-pattern|scrolling-text DISPLAY [X Y]
// Paints until its standard input ends, so that it never outlives whoever started it.
if (args is not [var picture, var display, .. var place] || place.Length is not (0 or 2))
{
    Console.Error.WriteLine("usage: SessionRecorder.TestTools time-pattern|scrolling-text DISPLAY [X Y]");
    return 2;
}

int[] at = place.Length == 2 ? [int.Parse(place[0]), int.Parse(place[1])] : [0, 0];
using var ended = new CancellationTokenSource();
_ = Task.Run(async () =>
{
    var input = Console.OpenStandardInput();
    var buffer = new byte[64];
    while (await input.ReadAsync(buffer) > 0)
    {
    }

    await ended.CancelAsync();
});

if (Environment.IsPrivilegedProcess)
{
    // The picture must be on time on a busy machine too: what is late here would look like the recorder's loss.
    Process.GetCurrentProcess().PriorityClass = ProcessPriorityClass.High;
}

try
{
    await (picture switch
    {
        "time-pattern" => TimePattern.PaintAsync(display, at[0], at[1], Say, ended.Token),
        "scrolling-text" => ScrollingText.PaintAsync(display, Say, ended.Token),
        _ => throw new IOException($"there is no picture called '{picture}'"),
    });
    return 0;
}
catch (IOException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static void Say(string line)
{
    Console.Out.WriteLine(line);
    Console.Out.Flush();
}
