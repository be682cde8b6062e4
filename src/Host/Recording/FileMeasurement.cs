using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Recording;

/// <summary>Measures the files that a dead recorder left, or one that could not measure them itself.</summary>
/// <remarks>
/// The capture plugin does it. What fails with one file again and again for a while fails with it for good: then the file's boxes
/// must do, or it holds the whole session back for ever.
/// </remarks>
internal sealed partial class FileMeasurement(ICaptureSource source, ILogger logger)
{
    /// <summary>How often the capture plugin must have failed to measure a file, and for how long, before it is asked no more.</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan AttemptsFor = TimeSpan.FromMinutes(10);

    /// <summary>Measures a file.</summary>
    /// <param name="spool">The session, whose ledger counts the failures.</param>
    /// <param name="path">The file.</param>
    /// <param name="rate">Frames a second.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it holds; null when it holds no frame.</returns>
    /// <exception cref="RecorderException">It could not be measured; permanent where nobody ever can.</exception>
    public async Task<SegmentFacts?> MeasureAsync(SpoolSession spool, string path, double rate, CancellationToken cancellationToken)
    {
        try
        {
            return await source.RepairAsync(path, rate, cancellationToken);
        }
        catch (CaptureException e) when (e is { Scope: FailureScope.Segment, IsTransient: true })
        {
            if (!IsGivenUp(spool, Path.GetFileName(path), e.Message.ReplaceLineEndings(" ")))
            {
                throw;
            }

            var own = ReadBoxes(spool, path, rate, e);
            LogMeasuredByBoxes(path, e);
            return own;
        }
    }

    /// <summary>Counts a failure, in the ledger: attempts are those of many processes.</summary>
    private static bool IsGivenUp(SpoolSession spool, string file, string reason)
    {
        var failures = spool.Read(account => account.FindFailures(file)) ?? new FailedMeasurements(0, spool.Clock.Now);
        if (failures.Count < Attempts)
        {
            spool.Record(new MeasurementFailed(file, reason));
        }

        // Of a spool that was made from storage nothing is kept until the next attempt, and its clock stands still.
        return spool.IsFromStorage || (failures.Count >= Attempts - 1 && spool.Clock.Now - failures.Since >= AttemptsFor);
    }

    private static SegmentFacts ReadBoxes(SpoolSession spool, string path, double rate, CaptureException failure)
    {
        try
        {
            return OwnMeasure.Read(path, rate) ?? throw (spool.IsFromStorage ? failure : new CaptureException(
                $"{failure.Message}; and it is no fragmented MP4 with a whole frame",
                failure.End,
                FailureScope.Segment,
                isTransient: false,
                failure.Remedy,
                failure));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk's matter, not the file's.
            throw failure;
        }
    }

    [LoggerMessage(EventId = 344, Level = LogLevel.Error, Message = "{File} cannot be measured by the capture plugin, and is made a segment by what its boxes tell")]
    private partial void LogMeasuredByBoxes(string file, Exception exception);
}
