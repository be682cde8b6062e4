namespace SessionRecorder.Plugins;

/// <summary>Which display is meant, and the file with the key to it.</summary>
/// <param name="Address">The display.</param>
/// <param name="AuthorityFile">The Xauthority file; it need not exist. Null where none is known.</param>
/// <param name="User">Whose session it is; null when nobody said.</param>
internal sealed record DisplayTarget(DisplayAddress Address, string? AuthorityFile, string? User)
{
    /// <summary>Finds the display of a session.</summary>
    /// <exception cref="DisplayException">Permanent: the environment names no display, or not a display.</exception>
    public static DisplayTarget Of(IReadOnlyDictionary<string, string> environment, string? user = null)
    {
        if (!environment.TryGetValue("DISPLAY", out var display) || display.Length == 0)
        {
            throw new DisplayException(
                "the session has no X display: DISPLAY is not set",
                FailureScope.Session,
                isTransient: false,
                "Set DISPLAY (and XAUTHORITY) to those of the session, or the options of the platform plugin.");
        }

        return new DisplayTarget(DisplayAddress.Parse(display), SessionRecorder.Plugins.AuthorityFile.PathFor(environment, user), user);
    }
}
