namespace SessionRecorder.Host.Commands.Output;

/// <summary>Takes how far a long work is. Thread-safe.</summary>
internal interface ICommandProgress
{
    /// <summary>Tells how far it is.</summary>
    /// <param name="detail">What it is at, a few words. Into a pipe, each new text is a line: keep them few.</param>
    /// <param name="fraction">How much is done, 0 to 1; null where nobody knows.</param>
    void Report(string detail, double? fraction = null);
}

/// <summary>Shows nothing.</summary>
internal sealed class NoProgress : ICommandProgress
{
    public void Report(string detail, double? fraction = null)
    {
    }
}
