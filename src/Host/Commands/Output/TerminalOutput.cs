using Spectre.Console;

namespace SessionRecorder.Host.Commands.Output;

/// <summary>Output for somebody who watches. The one type that knows Spectre.Console.</summary>
internal static class TerminalOutput
{
    public static void WriteTable(TextWriter output, IReadOnlyList<string> headers, IReadOnlyCollection<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in headers)
        {
            table.AddColumn(new TableColumn(new Markup($"[bold]{Markup.Escape(header)}[/]")));
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        Open(output).Write(table);
    }

    public static Task<T> ShowProgressAsync<T>(TextWriter output, string what, Func<ICommandProgress, Task<T>> work) =>
        Open(output)
            .Progress()
            .AutoClear(true)
            .Columns(
                new SpinnerColumn(),
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new ElapsedTimeColumn())
            .StartAsync(context => work(new Bar(what, context.AddTask(Markup.Escape(what)).IsIndeterminate())));

    private static IAnsiConsole Open(TextWriter output) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });

    private sealed class Bar(string what, ProgressTask task) : ICommandProgress
    {
        public void Report(string detail, double? fraction = null)
        {
            task.Description = Markup.Escape($"{what}: {detail}");
            task.IsIndeterminate = fraction is null;
            task.Value = (fraction ?? 0) * task.MaxValue;
        }
    }
}
