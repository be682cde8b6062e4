namespace SessionRecorder.Host.Upload;

/// <summary>What the failures of sinks mean to the uploader.</summary>
internal static class UploadFailures
{
    /// <summary>
    /// Whether it may pass. A sink that throws anything but its typed exception (a time-out of its own, say) gets the benefit
    /// of the doubt. What is wrong on our side of it, a local file that is gone or changed, never passes.
    /// </summary>
    public static bool IsTransient(Exception e) =>
        e is not (RecorderException { IsTransient: false } or FileNotFoundException or DirectoryNotFoundException);

    /// <summary>Whether it is more likely the sink's than the object's: another object would probably fail too.</summary>
    public static bool IsSinks(Exception e) => e is not StorageException
    {
        Failure: StorageFailure.Corrupted or StorageFailure.Conflict or StorageFailure.Invalid or StorageFailure.Denied or StorageFailure.Other,
    };

    /// <summary>One line for operators.</summary>
    public static string Describe(Exception e) => e.Message.ReplaceLineEndings(" ");
}
