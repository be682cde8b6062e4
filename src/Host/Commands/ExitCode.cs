namespace SessionRecorder.Host.Commands;

/// <summary>The program's exit codes (docs/operating.md).</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NothingToActOn = 3;
    public const int NotDelivered = 4;
    public const int VerificationFailed = 5;
}
