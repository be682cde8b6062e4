using System.Runtime.Versioning;

namespace SessionRecorder.Plugins;

/// <summary>Tells a WorkSpace by the agents that run on each, as its administration guide names them. Thread-safe.</summary>
internal interface IWorkSpacesMachine
{
    /// <summary>Whether this is a WorkSpace, beyond doubt.</summary>
    bool IsWorkSpace();
}

/// <summary>A Windows WorkSpace: the configuration service and its settings, both of which only administrators can make.</summary>
internal sealed class WindowsWorkSpace(IMachineRegistry registry) : IWorkSpacesMachine
{
    public bool IsWorkSpace() =>
        registry.HasMachineKey(@"SYSTEM\CurrentControlSet\Services\SkyLightWorkspaceConfigService")
        && registry.HasMachineKey(@"SOFTWARE\Amazon\SkyLight");
}

/// <summary>A Linux WorkSpace: the agent's two folders.</summary>
/// <param name="root">The root folder; another in tests.</param>
/// <param name="owner">Whose folders are believed: root's, save in tests.</param>
[SupportedOSPlatform("linux")]
internal sealed class LinuxWorkSpace(string root, uint owner = 0) : IWorkSpacesMachine
{
    public bool IsWorkSpace() =>
        RootFile.IsFolder(Path.Combine(root, "usr/lib/skylight"), owner)
        && RootFile.IsFolder(Path.Combine(root, "var/lib/skylight"), owner);
}
