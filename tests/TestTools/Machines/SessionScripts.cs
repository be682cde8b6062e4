using System.Diagnostics;
using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Processes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.TestTools.Machines;

/// <summary>How a session script ended.</summary>
/// <param name="Context"><c>system</c> or <c>user</c>.</param>
/// <param name="Result">Its exit code and words; null when it was killed.</param>
/// <param name="Elapsed">From its start to its end.</param>
public sealed record ScriptResult(string Context, ToolResult? Result, TimeSpan Elapsed);

/// <summary>
/// Runs session scripts as AppStream documents it: those that its config.json names for an event, at the same time, one a
/// context, for at most waitingTime; what has not ended then is killed, and that alone.
/// </summary>
public sealed class SessionScripts(SimulatedMachine machine)
{
    private const int MostSeconds = 60;
    private const int MostCharacters = 1000;

    private static readonly string[] Contexts = ["system", "user"];

    /// <summary>Runs the scripts of an event.</summary>
    /// <param name="name"><c>SessionStart</c> or <c>SessionTermination</c>.</param>
    /// <param name="user">Whose session it is.</param>
    /// <param name="environment">What the scripts are told in their environment.</param>
    /// <exception cref="InvalidDataException">AppStream would not take the file.</exception>
    public async Task<IReadOnlyList<ScriptResult>> RunAsync(string name, UnprivilegedUser user, params (string Name, string Value)[] environment)
    {
        var text = await File.ReadAllTextAsync(machine.At(AppStreamInstance.ScriptsFile));
        var root = JsonNode.Parse(text, new JsonNodeOptions { PropertyNameCaseInsensitive = true })!;
        var scripts = root[name] ?? throw new InvalidDataException($"config.json has no {name}");
        var wait = TimeSpan.FromSeconds((int)scripts["waitingTime"]!);
        Demand(wait.TotalSeconds is > 0 and <= MostSeconds, $"waitingTime {wait.TotalSeconds}");
        var list = scripts["executables"]!.AsArray();
        var contexts = list.Select(script => (string)script!["context"]!).ToArray();
        Demand(contexts.Length is > 0 and <= 2 && contexts.Distinct().Count() == contexts.Length && contexts.All(Contexts.Contains), "contexts");
        return await Task.WhenAll(list.Select(script => RunAsync(script!, user, wait, environment)));
    }

    private async Task<ScriptResult> RunAsync(
        JsonNode script, UnprivilegedUser user, TimeSpan wait, (string Name, string Value)[] environment)
    {
        var (context, file, arguments) = ((string)script["context"]!, (string)script["filename"]!, (string?)script["arguments"] ?? "");
        Demand(file.Length <= MostCharacters && arguments.Length <= MostCharacters && File.Exists(machine.At(file)), file);
        var words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var age = Stopwatch.StartNew();
        await using var process = context == "system"
            ? machine.Launch(file, words, environment)
            : machine.LaunchAs(user, file, words, environment);
        try
        {
            return new ScriptResult(context, await process.WaitForExitAsync(wait), age.Elapsed);
        }
        catch (TimeoutException)
        {
            return new ScriptResult(context, null, age.Elapsed);
        }
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"config.json is not as AppStream takes it: {what}");
        }
    }
}
