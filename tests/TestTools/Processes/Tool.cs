namespace SessionRecorder.TestTools.Processes;

/// <summary>Runs a program to its end.</summary>
public static class Tool
{
    /// <summary>Runs it, whatever its exit code.</summary>
    public static async Task<ToolResult> TryAsync(
        string fileName,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        TimeSpan? timeout = null)
    {
        await using var process = new RunningProcess(fileName, arguments, environment);
        return await process.WaitForExitAsync(timeout ?? TimeSpan.FromSeconds(60));
    }

    /// <summary>Runs it and gives its output.</summary>
    /// <exception cref="IOException">It did not end with 0.</exception>
    public static async Task<string> RunAsync(
        string fileName, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var result = await TryAsync(fileName, arguments, environment);
        return result.ExitCode == 0
            ? result.Output
            : throw new IOException($"{fileName} {string.Join(' ', arguments)}: {result}");
    }
}
