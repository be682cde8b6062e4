using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Hosting;

/// <summary>Takes the agent out of the session and process group of whoever started it.</summary>
internal static partial class DetachedProcess
{
    /// <summary>Begins a session of its own (setsid(2)); elsewhere than on Unix there is nothing to do.</summary>
    /// <remarks>Fails only for a process group's leader, which is one already detached.</remarks>
    public static void Detach()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetSessionId();
        }
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int SetSessionId();
}
