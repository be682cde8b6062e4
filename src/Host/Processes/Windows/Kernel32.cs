using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Processes.Windows;

/// <summary>What processes need of kernel32, as it is declared there (processthreadsapi.h, jobapi2.h).</summary>
internal static unsafe partial class Kernel32
{
    public const int KillOnJobClose = 0x2000;
    public const int ExtendedLimitInformation = 9;

    public const uint BreakAwayFromJob = 0x01000000;
    public const uint NoWindow = 0x08000000;
    public const uint UnicodeEnvironment = 0x00000400;
    public const uint ExtendedStartupInfo = 0x00080000;
    public const int UseStandardHandles = 0x100;
    public const int AccessDenied = 5;

    /// <summary>PROC_THREAD_ATTRIBUTE_HANDLE_LIST: these handles are inherited and no others.</summary>
    public const nuint HandleList = 0x00020002;

    [StructLayout(LayoutKind.Sequential)]
    public struct JobExtendedLimits
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public int LimitFlags;
        public nuint MinimumWorkingSetSize;
        public nuint MaximumWorkingSetSize;
        public int ActiveProcessLimit;
        public nuint Affinity;
        public int PriorityClass;
        public int SchedulingClass;
        public fixed ulong IoCounters[6];
        public nuint ProcessMemoryLimit;
        public nuint JobMemoryLimit;
        public nuint PeakProcessMemoryUsed;
        public nuint PeakJobMemoryUsed;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct StartupInfo
    {
        public int Size;
        public nint Reserved;
        public nint Desktop;
        public nint Title;
        public int X;
        public int Y;
        public int XSize;
        public int YSize;
        public int XCountChars;
        public int YCountChars;
        public int FillAttribute;
        public int Flags;
        public short ShowWindow;
        public short Reserved2Length;
        public nint Reserved2;
        public nint StandardInput;
        public nint StandardOutput;
        public nint StandardError;
        public nint AttributeList;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ProcessInformation
    {
        public nint Process;
        public nint Thread;
        public int ProcessId;
        public int ThreadId;
    }

    [LibraryImport("kernel32", EntryPoint = "CreateJobObjectW", SetLastError = true)]
    public static partial SafeFileHandle CreateJobObject(nint attributes, nint name);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetInformationJobObject(
        SafeFileHandle job, int informationClass, JobExtendedLimits* information, int length);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool AssignProcessToJobObject(SafeFileHandle job, SafeProcessHandle process);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool InitializeProcThreadAttributeList(nint list, int count, int flags, ref nuint size);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool UpdateProcThreadAttribute(
        nint list, uint flags, nuint attribute, nint* value, nuint size, nint previous, nint returnSize);

    [LibraryImport("kernel32")]
    public static partial void DeleteProcThreadAttributeList(nint list);

    [LibraryImport("kernel32", EntryPoint = "CreateProcessW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateProcess(
        string application,
        char* commandLine,
        nint processAttributes,
        nint threadAttributes,
        [MarshalAs(UnmanagedType.Bool)] bool inheritHandles,
        uint flags,
        char* environment,
        string directory,
        StartupInfo* startupInfo,
        ProcessInformation* information);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CloseHandle(nint handle);
}
