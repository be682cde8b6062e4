using System.Diagnostics;

namespace SessionRecorder.TestTools.Processes;

/// <summary>Every process that was started here and has not been ended yet. Whatever happens, none outlives this one.</summary>
/// <remarks>Thread-safe.</remarks>
internal static class StartedProcesses
{
    private static readonly HashSet<Process> _running = [];

    static StartedProcesses() => AppDomain.CurrentDomain.ProcessExit += (_, _) => EndAll();

    public static void Add(Process process)
    {
        lock (_running)
        {
            _running.Add(process);
        }
    }

    public static void Remove(Process process)
    {
        lock (_running)
        {
            _running.Remove(process);
        }
    }

    private static void EndAll()
    {
        lock (_running)
        {
            foreach (var process in _running)
            {
                try
                {
                    process.Kill();
                }
                catch (InvalidOperationException)
                {
                    // It has ended by itself.
                }
            }
        }
    }
}
