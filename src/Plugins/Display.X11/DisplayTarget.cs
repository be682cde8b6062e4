namespace SessionRecorder.Plugins;

/// <summary>Which display is meant, and the file with the key to it.</summary>
/// <param name="Address">The display.</param>
/// <param name="AuthorityFile">The Xauthority file; it need not exist. Null where none is known.</param>
/// <param name="User">Whose session it is; null when nobody said.</param>
internal sealed record DisplayTarget(DisplayAddress Address, string? AuthorityFile, string? User)
{
    /// <summary>Finds the display of a session.</summary>
    /// <remarks>
    /// Falls back to the program's own environment for the key as a child process of the program would, so that this
    /// monitor and a capture reach the same display in the same way.
    /// </remarks>
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

        var file = environment.GetValueOrDefault("XAUTHORITY") is { Length: > 0 } given ? given : OwnAuthorityFile();
        return new DisplayTarget(DisplayAddress.Parse(display), file, user);
    }

    private static string? OwnAuthorityFile()
    {
        if (Environment.GetEnvironmentVariable("XAUTHORITY") is { Length: > 0 } own)
        {
            return own;
        }

        return Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".Xauthority") : null;
    }
}
