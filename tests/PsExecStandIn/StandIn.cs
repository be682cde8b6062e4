using System.Diagnostics;
using System.Text.Json;

namespace SessionRecorder.PsExecStandIn;

/// <summary>
/// Behaves as PsExec is documented to with <c>-d</c>: starts the command, says so on standard error, and ends with the
/// process id. No session is crossed and no service installed.
/// </summary>
/// <remarks>
/// Variables of the test: <c>PSEXEC_STAND_IN_ARGV</c> names a file that gets the arguments as JSON;
/// <c>PSEXEC_STAND_IN_FAILURE</c> is an exit code, a colon and what to say instead of starting;
/// <c>PSEXEC_STAND_IN_HANG</c> says when not to end: <c>before</c> or <c>after</c> the start.
/// As a command, <c>--write-arguments FILE …</c> writes the arguments after it.
/// </remarks>
internal static class StandIn
{
    /// <summary>Runs it.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments is ["--write-arguments", var file, .. var rest])
        {
            File.WriteAllText(file, JsonSerializer.Serialize(rest));
            return 0;
        }

        if (Variable("ARGV") is { } record)
        {
            File.WriteAllText(record, JsonSerializer.Serialize(arguments));
        }

        // As PsExec does where its input is no console; who leaves it open waits for ever.
        Console.In.ReadToEnd();
        if (Variable("FAILURE") is { } failure)
        {
            var colon = failure.IndexOf(':', StringComparison.Ordinal);
            Console.Error.WriteLine(failure[(colon + 1)..]);
            return int.Parse(failure[..colon]);
        }

        Hang("before");
        var id = Start(arguments);
        Hang("after");
        return id;
    }

    private static int Start(string[] arguments)
    {
        if (arguments is not ["-accepteula", "-nobanner", "-d", "-i", var session, "-s", var program, .. var rest])
        {
            Console.Error.WriteLine("usage: psexec -accepteula -nobanner -d -i SESSION -s PROGRAM [ARGUMENT…]");
            return 1;
        }

        if (!File.Exists(program))
        {
            Console.Error.WriteLine($"PsExec could not start {program} on {Environment.MachineName}:\r\nThe system cannot find the file specified.\r\n");
            return 2;
        }

        Console.Error.Write($"Starting {program} on {Environment.MachineName} in session {session}...\r\r");
        using var process = Process.Start(new ProcessStartInfo(program, rest)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Console.Error.WriteLine($"{Path.GetFileName(program)} started on {Environment.MachineName} with process ID {process.Id}.");
        return process.Id;
    }

    private static void Hang(string when)
    {
        if (Variable("HANG") == when)
        {
            Console.Error.Flush();
            Thread.Sleep(TimeSpan.FromMinutes(1));
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable($"PSEXEC_STAND_IN_{name}");
}
