using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SessionRecorder.Host.Catalog;
using Spectre.Console;

namespace SessionRecorder.Host.Commands.Output;

/// <summary>
/// What a command shows: tables and progress on a terminal, plain lines into a file or a pipe, and with <c>--json</c>
/// JSON and nothing else.
/// </summary>
internal sealed class CommandOutput(CommandConsole console, bool isJson)
{
    /// <summary>Whether JSON was asked for: then <see cref="WriteJson"/> writes, and everything else keeps silent.</summary>
    public bool IsJson { get; } = isJson;

    /// <summary>Whether a person watches: tables and live progress are shown.</summary>
    public bool IsTerminal => console.IsTerminal && !IsJson;

    /// <summary>The same, for looking at recordings.</summary>
    public CatalogOutput ForCatalog()
    {
        var form = IsJson ? OutputForm.Json : console.IsTerminal ? OutputForm.Table : OutputForm.Plain;
        return new CatalogOutput(form, console.Out, console.Error, AnsiConsole.Console);
    }

    /// <summary>Writes a line of the result.</summary>
    public void WriteLine(string line)
    {
        if (!IsJson)
        {
            console.Out.WriteLine(line);
        }
    }

    /// <summary>Writes the result as JSON, when it was asked for.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        if (IsJson)
        {
            console.Out.WriteLine(JsonSerializer.Serialize(value, type));
        }
    }

    /// <summary>Writes a table.</summary>
    /// <param name="headers">The columns' names.</param>
    /// <param name="rows">As many cells each as there are columns.</param>
    public void WriteTable(IReadOnlyList<string> headers, IReadOnlyCollection<IReadOnlyList<string>> rows)
    {
        if (IsJson)
        {
            return;
        }

        if (console.IsTerminal)
        {
            TerminalOutput.WriteTable(console.Out, headers, rows);
        }
        else
        {
            PlainOutput.WriteTable(console.Out, headers, rows);
        }
    }

    /// <summary>Writes a warning to standard error, whatever else is shown.</summary>
    public void Warn(string message) =>
        console.Error.WriteLine($"{CommandLine.ProgramName}: warning: {message.ReplaceLineEndings(" ")}");

    /// <summary>Runs long work and shows how far it is.</summary>
    /// <param name="what">What is done: <c>delivering</c>.</param>
    /// <param name="work">The work; it reports from any thread.</param>
    /// <returns>What the work returns.</returns>
    public Task<T> ShowProgressAsync<T>(string what, Func<ICommandProgress, Task<T>> work) => this switch
    {
        { IsJson: true } => work(new NoProgress()),
        _ when console.IsTerminal => TerminalOutput.ShowProgressAsync(console.Out, what, work),
        _ => work(new PlainProgress(console.Out, what)),
    };
}
