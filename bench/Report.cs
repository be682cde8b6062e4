using System.Text;

namespace SessionRecorder.Bench;

/// <summary>The table that the bench prints.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    /// <summary>Begins a table.</summary>
    public void Table(string title, params string[] columns)
    {
        Line("");
        Line($"### {title}");
        Line("");
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
    }

    public void Row(params string[] cells) => Line($"| {string.Join(" | ", cells)} |");

    public void Line(string line)
    {
        Console.WriteLine(line);
        _text.Append(line).Append('\n');
    }

    public override string ToString() => _text.ToString();
}

/// <summary>Numbers for people.</summary>
internal static class Figures
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1
            ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static string Seconds(double value) => $"{value:F2} s";

    public static string Megabytes(double bytes) => $"{bytes / 1e6:F1} MB";

    public static string Kilobytes(double bytes) => $"{bytes / 1e3:F0} kB";

    public static string Ratio(double ours, double theirs) => theirs == 0 ? "-" : $"{ours / theirs:F2}";
}
