using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Processes.Windows;

/// <summary>Starts a process that inherits nothing of the host but the pipe for its last words.</summary>
/// <remarks>
/// Process.Start passes on every inheritable handle, the host's own output among them: whoever waits for the end of that
/// output would wait for the process too. And it cannot leave the job that the host may run in (a scheduled task's, a
/// remote shell's), with which the process would end.
/// </remarks>
[SupportedOSPlatform("windows")]
internal static unsafe class DetachedStart
{
    /// <summary>Starts it.</summary>
    /// <returns>The process, and what it writes to its standard error; its other streams are the null device.</returns>
    /// <exception cref="Win32Exception">The system refused it.</exception>
    public static (Process Process, StreamReader Errors) Start(ProcessStartInfo info)
    {
        var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        try
        {
            using var nothing = OpenNull();
            nint[] handles = [nothing.DangerousGetHandle(), pipe.ClientSafePipeHandle.DangerousGetHandle()];
            var process = Create(info, handles);
            pipe.DisposeLocalCopyOfClientHandle();
            return (process, new StreamReader(pipe, Encoding.UTF8));
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenNull() =>
        File.OpenHandle("NUL", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Inheritable);

    private static Process Create(ProcessStartInfo info, nint[] handles)
    {
        nuint size = 0;
        Kernel32.InitializeProcThreadAttributeList(0, 1, 0, ref size);
        var list = Marshal.AllocHGlobal((nint)size);
        try
        {
            ThrowUnless(Kernel32.InitializeProcThreadAttributeList(list, 1, 0, ref size));
            fixed (nint* inherited = handles)
            {
                ThrowUnless(Kernel32.UpdateProcThreadAttribute(
                    list, 0, Kernel32.HandleList, inherited, (nuint)(handles.Length * sizeof(nint)), 0, 0));
                var process = Create(info, handles, list);
                Kernel32.DeleteProcThreadAttributeList(list);
                return process;
            }
        }
        finally
        {
            Marshal.FreeHGlobal(list);
        }
    }

    private static Process Create(ProcessStartInfo info, nint[] handles, nint list)
    {
        const uint Flags = Kernel32.NoWindow | Kernel32.UnicodeEnvironment | Kernel32.ExtendedStartupInfo;
        var startup = new Kernel32.StartupInfo
        {
            Size = sizeof(Kernel32.StartupInfo),
            Flags = Kernel32.UseStandardHandles,
            StandardInput = handles[0],
            StandardOutput = handles[0],
            StandardError = handles[1],
            AttributeList = list,
        };
        if (!TryCreate(info, Flags | Kernel32.BreakAwayFromJob, &startup, out var created))
        {
            // A job may forbid leaving it: better a process in it than none.
            ThrowUnless(Marshal.GetLastPInvokeError() == Kernel32.AccessDenied
                && TryCreate(info, Flags, &startup, out created));
        }

        try
        {
            // Its handle is opened while ours holds the id in place.
            var process = Process.GetProcessById(created.ProcessId);
            _ = process.SafeHandle;
            return process;
        }
        finally
        {
            Kernel32.CloseHandle(created.Thread);
            Kernel32.CloseHandle(created.Process);
        }
    }

    private static bool TryCreate(
        ProcessStartInfo info, uint flags, Kernel32.StartupInfo* startup, out Kernel32.ProcessInformation created)
    {
        created = default;

        // CreateProcessW writes into the command line that it is given.
        var commandLine = $"{CommandLineText.Of(info.FileName, info.ArgumentList)}\0".ToCharArray();
        fixed (char* text = commandLine, environment = EnvironmentBlock(info))
        fixed (Kernel32.ProcessInformation* information = &created)
        {
            return Kernel32.CreateProcess(
                info.FileName, text, 0, 0, inheritHandles: true, flags, environment, info.WorkingDirectory, startup, information);
        }
    }

    /// <summary>Windows wants the names sorted without regard to case.</summary>
    internal static string EnvironmentBlock(ProcessStartInfo info) => string.Concat(info.Environment
        .OrderBy(variable => variable.Key, StringComparer.OrdinalIgnoreCase)
        .Select(variable => $"{variable.Key}={variable.Value}\0")) + '\0';

    private static void ThrowUnless(bool done)
    {
        if (!done)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }
}
