using System.Runtime.Versioning;
using SessionRecorder.Host.Recording;

namespace SessionRecorder.Host.Windowing;

/// <summary>Ends the recording when the user logs off or the machine shuts down, in the time that Windows gives.</summary>
/// <remarks>
/// Console control events tell it to services alone, and to no program that uses user32. Windows asks every window
/// (WM_QUERYENDSESSION), then tells whether it is so (WM_ENDSESSION), and ends the process when the answer is there or
/// after 5 s (HungAppTimeout). The recorder is asked before the programs of ordinary rank, its own ffmpeg among them.
/// </remarks>
[SupportedOSPlatform("windows")]
internal static class ShutdownWatch
{
    /// <summary>The deadline for closing, sealing and delivering: within Windows' 5 s.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    /// <summary>The highest rank that applications may have; they are ended from the highest to the lowest. The default is 0x280.</summary>
    private const uint FirstOfAll = 0x3FF;

    /// <summary>Watches for an agent until disposed.</summary>
    /// <param name="agent">The agent.</param>
    public static IDisposable Start(Agent agent)
    {
        User32.SetProcessShutdownParameters(FirstOfAll, 0);
        return HiddenWindow.Open(
            "Session Recorder shutdown watch",
            _ => { },
            (window, message, wParam, lParam) => message switch
            {
                User32.QueryEndSession => Agree(window),
                User32.EndSession => Answer(window, isEnding: wParam != 0, lParam, agent),
                _ => null,
            });
    }

    /// <summary>Another program may still say no, so nothing ends yet; but should it take long, the user is told for what.</summary>
    private static nint? Agree(nint window)
    {
        User32.ShutdownBlockReasonCreate(window, "Session Recorder closes the recording of this session.");
        return 1;
    }

    private static nint? Answer(nint window, bool isEnding, nint how, Agent agent)
    {
        if (isEnding)
        {
            var isLogoff = (how & User32.EndSessionLogoff) != 0;
            agent.EndSession(isLogoff ? SessionChangeName.LoggedOff : SessionChangeName.ShuttingDown, Timeout);

            // When this returns, Windows ends the process.
            agent.Ended.Wait(Timeout);
        }

        User32.ShutdownBlockReasonDestroy(window);
        return 0;
    }
}
