namespace SessionRecorder.Host.Upload;

/// <summary>The media types of a session's objects.</summary>
internal static class ContentTypes
{
    public static string Of(string key) => Path.GetExtension(key) switch
    {
        ".mp4" => "video/mp4",
        ".json" => "application/json",
        ".jsonl" => "application/x-ndjson",
        _ => "application/octet-stream",
    };
}
