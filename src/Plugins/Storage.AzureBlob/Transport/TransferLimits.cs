namespace SessionRecorder.Plugins;

/// <summary>How long the store may keep one waiting.</summary>
/// <param name="Connect">For a connection.</param>
/// <param name="Stall">Without a byte moving in either direction: a transfer that is slow but moves may take as long as it takes.</param>
/// <param name="Check">For everything that a check does together; the host gives it 10 s.</param>
internal sealed record TransferLimits(TimeSpan Connect, TimeSpan Stall, TimeSpan Check)
{
    public static TransferLimits Default { get; } = new(
        Connect: TimeSpan.FromSeconds(10),
        Stall: TimeSpan.FromSeconds(25),
        Check: TimeSpan.FromSeconds(8));
}
