using System.ComponentModel;
using System.Diagnostics;

namespace SessionRecorder.Plugins;

/// <summary>What the launcher asks of the machine that it runs on.</summary>
internal interface IPsExecMachine
{
    bool IsWindows { get; }

    /// <summary>Whether this process has administrator rights, without which PsExec cannot install its service.</summary>
    bool IsPrivileged { get; }

    bool FileExists(string path);

    /// <summary>Follows a process that another program has started.</summary>
    ILaunchedProcess Follow(int processId);
}

/// <summary>This machine.</summary>
internal sealed class PsExecMachine : IPsExecMachine
{
    public bool IsWindows => OperatingSystem.IsWindows();

    public bool IsPrivileged => Environment.IsPrivilegedProcess;

    public bool FileExists(string path) => File.Exists(path);

    public ILaunchedProcess Follow(int processId)
    {
        try
        {
            var process = Process.GetProcessById(processId);
            try
            {
                // Opens it now, while the id cannot yet mean another: the handle keeps meaning this one.
                _ = process.SafeHandle;
                return new ForeignProcess(processId, process);
            }
            catch (Exception e) when (e is Win32Exception or InvalidOperationException)
            {
                process.Dispose();
                return new ForeignProcess(processId, null);
            }
        }
        catch (ArgumentException)
        {
            // It has ended already.
            return new ForeignProcess(processId, null);
        }
    }
}
