namespace SessionRecorder.Host.Hosting;

/// <summary>A session could not be recorded, and something was done about it that whoever started it has to know.</summary>
/// <param name="cause">Why it could not.</param>
/// <param name="response">What was done, one clause.</param>
internal sealed class UnrecordedSessionException(Exception cause, string response) : RecorderException(
    $"{cause.Message.TrimEnd('.')}; {response}",
    FailureScope.Session,
    isTransient: (cause as RecorderException)?.IsTransient ?? false,
    (cause as RecorderException)?.Remedy,
    cause)
{
    /// <summary>What was done about it, one clause.</summary>
    public string Response { get; } = response;
}
