namespace SessionRecorder.Host.Configuration;

/// <summary>One thing that is wrong with the configuration.</summary>
/// <param name="Key">The key's path: <c>Capture:FrameRate</c>; empty where no key is concerned.</param>
/// <param name="Value">The value as given, fit to be shown (<see cref="SecretKeys.Show"/>); null where none was given.</param>
/// <param name="Problem">What is wrong or what is allowed: <c>must be a number from 1 to 60</c>.</param>
internal sealed record ConfigurationError(string Key, string? Value, string Problem)
{
    /// <summary>Where it was given: <c>/etc/…/recorder.json line 7</c>, an environment variable; null when not known.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether the key is one that nobody knows, rather than one with a wrong value.</summary>
    public bool IsUnknownKey { get; init; }

    /// <summary>One line: <c>Capture:FrameRate = "0" (recorder.json line 7): must be a number from 1 to 60</c>.</summary>
    public override string ToString()
    {
        var value = Value is null ? "" : $" = \"{Value}\"";
        var origin = Origin is null ? "" : $" ({Origin})";
        return Key.Length == 0 ? Problem : $"{Key}{value}{origin}: {Problem}";
    }
}
