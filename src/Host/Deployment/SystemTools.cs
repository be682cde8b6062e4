using System.Text;
using SessionRecorder.Host.Deployment.Windows;

namespace SessionRecorder.Host.Deployment;

/// <summary>The system's own programs for services and tasks, and what is registered with it.</summary>
internal interface ISystemTools
{
    /// <summary>Runs one to its end.</summary>
    /// <param name="program">Its absolute path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Its exit code, and what it said.</returns>
    /// <exception cref="ChildProcessException">It could not be started.</exception>
    Task<(int ExitCode, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken);

    /// <summary>Finds a service of Windows.</summary>
    /// <returns>The service; null where none of that name is registered.</returns>
    RegisteredService? FindService(string name);
}

/// <summary>A service of Windows, as it is registered.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Runs">Whether it is anything but stopped.</param>
/// <param name="ProcessId">Its process; null where it has none.</param>
internal sealed record RegisteredService(string Command, bool Runs, int? ProcessId = null);

/// <summary>Runs them through the process supervisor.</summary>
internal sealed class SystemTools(IProcessSupervisor processes) : ISystemTools
{
    /// <summary>Runs one that must succeed.</summary>
    /// <exception cref="IOException">It did not; the message says what it said.</exception>
    public static async Task RequireAsync(
        ISystemTools tools, string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await tools.RunAsync(program, arguments, cancellationToken);
        if (exitCode != 0)
        {
            throw new IOException($"{program} ended with {exitCode}: {output.ReplaceLineEndings(" ").Trim()}");
        }
    }

    public async Task<(int ExitCode, string Output)> RunAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var process = processes.Start(new ProcessStart { FileName = program, Arguments = arguments });
        process.StandardInput.Close();
        var output = new StringBuilder();
        await foreach (var line in process.ReadLinesAsync(cancellationToken))
        {
            output.AppendLine(line);
        }

        var exitCode = await process.Exited.WaitAsync(cancellationToken);
        return (exitCode, output.Append(process.ErrorTail).ToString());
    }

    public RegisteredService? FindService(string name) => OperatingSystem.IsWindows() ? ServiceRegistry.Find(name) : null;
}
