using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Processes.Windows;

/// <summary>A job whose processes end when its last handle closes, and so when the host ends, however it ends.</summary>
/// <remarks>
/// Thread-safe. The handle is not inheritable: a child that held it would keep the job alive. What a member starts is a
/// member too.
/// </remarks>
internal sealed class JobObject
{
    private readonly SafeFileHandle _job;

    /// <summary>Makes a job without members.</summary>
    /// <exception cref="Win32Exception">The system refused it.</exception>
    public unsafe JobObject()
    {
        _job = Kernel32.CreateJobObject(0, 0);
        ThrowUnless(!_job.IsInvalid);
        var limits = new Kernel32.JobExtendedLimits { LimitFlags = Kernel32.KillOnJobClose };
        ThrowUnless(Kernel32.SetInformationJobObject(_job, Kernel32.ExtendedLimitInformation, &limits, sizeof(Kernel32.JobExtendedLimits)));
    }

    /// <summary>Makes a process a member.</summary>
    /// <exception cref="Win32Exception">The system refused it, or the process has ended.</exception>
    public void Add(Process process) => ThrowUnless(Kernel32.AssignProcessToJobObject(_job, process.SafeHandle));

    private static void ThrowUnless(bool done)
    {
        if (!done)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }
}
