using System.Text;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>The service on Linux.</summary>
internal static class SystemdUnit
{
    public const string Name = "session-recorder.service";

    /// <summary>The unit file.</summary>
    /// <param name="layout">Names the program.</param>
    /// <returns>Its text in UTF-8.</returns>
    public static byte[] ForLayout(MachineLayout layout) => Encoding.UTF8.GetBytes(
        $"""
        [Unit]
        Description=Session Recorder
        Documentation=file://{layout.ProgramFolder}
        After=network.target

        [Service]
        ExecStart={layout.Pointer} service
        Restart=always
        RestartSec=2
        # Recordings go on while the service is restarted: each is a process of its own.
        KillMode=process
        TimeoutStopSec=90
        UMask=0077

        [Install]
        WantedBy=multi-user.target

        """.ReplaceLineEndings("\n"));
}
