namespace SessionRecorder.Host.Trust;

/// <summary>Something that this program would use with its rights can be changed by somebody who lacks them.</summary>
internal sealed class TrustException(string message, string path, string remedy)
    : RecorderException(message, FailureScope.Host, isTransient: false, remedy)
{
    /// <summary>The path that is wrong, or the name of the environment variable.</summary>
    public string Path { get; } = path;
}
