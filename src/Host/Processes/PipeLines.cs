namespace SessionRecorder.Host.Processes;

/// <summary>Reads the lines of a child's stream.</summary>
internal static class PipeLines
{
    /// <summary>Reads until the child closes the stream, or it breaks with the child.</summary>
    /// <param name="reader">The stream.</param>
    /// <param name="onLine">Called for each line, in order.</param>
    /// <returns>Completes, never faults for the stream, when there is nothing more to come.</returns>
    /// <remarks>
    /// The pipes of Windows' processes know no asynchronous reading: each read blocks a thread, and two of them for each
    /// ffmpeg starve the pool of a small machine for seconds. There a stream has a thread of its own.
    /// </remarks>
    public static Task ReadToEndAsync(StreamReader reader, Action<string> onLine) => OperatingSystem.IsWindows()
        ? Task.Factory.StartNew(
            () => ReadToEnd(reader, onLine), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        : ReadToEndOnPoolAsync(reader, onLine);

    private static void ReadToEnd(StreamReader reader, Action<string> onLine)
    {
        try
        {
            while (reader.ReadLine() is { } line)
            {
                onLine(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe broke with the process, or was let go of; the process's end tells of that.
        }
    }

    private static async Task ReadToEndOnPoolAsync(StreamReader reader, Action<string> onLine)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                onLine(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // As above.
        }
    }
}
