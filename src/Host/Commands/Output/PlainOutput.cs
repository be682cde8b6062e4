namespace SessionRecorder.Host.Commands.Output;

/// <summary>Output into a file or a pipe: lines without colour or frames.</summary>
internal static class PlainOutput
{
    public static void WriteTable(TextWriter output, IReadOnlyList<string> headers, IReadOnlyCollection<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] lines = [headers, .. rows];
        var widths = headers.Select((_, column) => lines.Max(l => l[column].Length)).ToArray();
        foreach (var line in lines)
        {
            output.WriteLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}

/// <summary>A line for each new thing that the work is at.</summary>
internal sealed class PlainProgress(TextWriter output, string what) : ICommandProgress
{
    private readonly Lock _lock = new();
    private string? _last;

    public void Report(string detail, double? fraction = null)
    {
        lock (_lock)
        {
            if (detail != _last)
            {
                _last = detail;
                output.WriteLine($"{what}: {detail}");
            }
        }
    }
}
