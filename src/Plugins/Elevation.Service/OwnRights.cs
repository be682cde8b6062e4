using System.Security.Principal;

namespace SessionRecorder.Plugins;

/// <summary>What this process may do.</summary>
internal interface IOwnRights
{
    bool IsWindows { get; }

    /// <summary>Whether it may start processes in every session: LocalSystem on Windows, root elsewhere.</summary>
    bool MayCross { get; }
}

/// <summary>This process.</summary>
internal sealed class OwnRights : IOwnRights
{
    public bool IsWindows => OperatingSystem.IsWindows();

    public bool MayCross
    {
        get
        {
            if (!OperatingSystem.IsWindows())
            {
                return Environment.IsPrivilegedProcess;
            }

            using var self = WindowsIdentity.GetCurrent();
            return self.IsSystem;
        }
    }
}
