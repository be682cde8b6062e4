namespace SessionRecorder.Plugins;

/// <summary>Makes what a killed ffmpeg left playable.</summary>
internal static class SegmentRepair
{
    /// <summary>Cuts off a torn fragment at the file's end, and measures what is left.</summary>
    /// <param name="path">The file; nobody writes to it any more.</param>
    /// <param name="frameRate">Frames a second.</param>
    /// <param name="probe">Measures.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it holds, or null when it holds no frame.</returns>
    /// <exception cref="CaptureException">The file could not be read or written.</exception>
    public static async Task<SegmentFacts?> RepairAsync(
        string path, double frameRate, SegmentProbe probe, CancellationToken cancellationToken)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            var (fragments, whole) = FragmentedFile.Measure(file);
            if (fragments == 0)
            {
                return null;
            }

            if (whole < file.Length)
            {
                file.SetLength(whole);
                file.Flush(flushToDisk: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CaptureException(
                $"{path} could not be repaired: {e.Message}", CaptureEnd.Failed, FailureScope.Segment, isTransient: true, null, e);
        }

        // Nothing that holds a fragment is ever called empty: who is told that a file is empty deletes it.
        return await probe.MeasureAsync(path, frameRate, cancellationToken) ?? throw new CaptureException(
            $"ffprobe finds no frame in {path}, though there are whole fragments in it",
            CaptureEnd.Failed,
            FailureScope.Segment,
            isTransient: false);
    }

    /// <summary>Whether a file that is being written holds a whole fragment, and so at least a frame.</summary>
    public static bool HoldsAFrame(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return FragmentedFile.Measure(file).Fragments > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not there yet.
            return false;
        }
    }
}
