using System.Runtime.InteropServices;

namespace SessionRecorder.Plugins.Interop;

/// <summary>Whether the native libraries are there, asked before the first call so that the answer is a sentence.</summary>
internal static class XcbLibraries
{
    private static readonly string[] All = [Xcb.Library, XcbRandr.Library];

    /// <exception cref="DisplayException">One is missing; permanent, the machine is concerned.</exception>
    public static void Require() => Require(All);

    internal static void Require(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (!NativeLibrary.TryLoad(
                name, typeof(XcbLibraries).Assembly, DllImportSearchPath.SafeDirectories, out var handle))
            {
                throw new DisplayException(
                    $"the library {name}, through which X displays are watched, is not installed",
                    FailureScope.Host,
                    isTransient: false,
                    "Install the packages libxcb1, libxcb-randr0 and, for pauses of an idle session, libxcb-screensaver0 (on Red Hat's systems: libxcb).");
            }

            NativeLibrary.Free(handle);
        }
    }
}
