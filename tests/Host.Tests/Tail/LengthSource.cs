namespace SessionRecorder.Tests.Tail;

/// <summary>Takes a file's length for its duration.</summary>
internal sealed class LengthSource : ICaptureSource
{
    public Task<CaptureDescription> ProbeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<ICapture> StartAsync(CaptureRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<SegmentFacts?> RepairAsync(string path, double frameRate, CancellationToken cancellationToken) =>
        Task.FromResult<SegmentFacts?>(GrowingSession.FactsOf(new FileInfo(path).Length));
}
