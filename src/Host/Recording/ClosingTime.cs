namespace SessionRecorder.Host.Recording;

/// <summary>How long the captures of a recording that ends may take to close.</summary>
/// <param name="Kill">
/// They are asked no longer, but killed: what is on disk is readable up to its last two seconds, as after a crash, and the
/// account tells of what is missing behind it.
/// </param>
/// <param name="GiveUp">They are waited for no longer, and the account is left to recovery.</param>
internal sealed record ClosingTime(CancellationToken Kill, CancellationToken GiveUp)
{
    /// <summary>Nobody presses; each capture has its own patience.</summary>
    public static ClosingTime Unlimited { get; } = new(CancellationToken.None, CancellationToken.None);
}
