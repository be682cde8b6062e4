namespace SessionRecorder.Tests;

/// <summary>A minute of an undisturbed desktop, recorded once for all tests that look at it.</summary>
public sealed class SteadyRecording : IAsyncLifetime
{
    private readonly List<Take> _takes = [];
    private VirtualDisplay? _display;

    public VirtualDisplay Display => _display ?? throw new InvalidOperationException("the display is not there yet");

    /// <summary>The recording.</summary>
    public Task<Take> TakeAsync() => TakeAsync(0);

    /// <summary>The recording of an attempt; a later attempt records anew.</summary>
    public async Task<Take> TakeAsync(int attempt)
    {
        while (_takes.Count <= attempt)
        {
            _takes.Add(await RecordAsync());
        }

        return _takes[attempt];
    }

    public async ValueTask InitializeAsync()
    {
        _display = await VirtualDisplay.StartXvfbAsync();
        await _display.ShowTimeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var take in _takes)
        {
            await take.Recorder.DisposeAsync();
        }

        await Display.DisposeAsync();
    }

    private async Task<Take> RecordAsync()
    {
        var recorder = new Recorder(Display.Name);
        await using var recording = recorder.Launch("record", "--duration", "60s");
        await Task.Delay(TimeSpan.FromSeconds(20));
        var before = ProcFs.CpuTime(recording.Id);
        await Task.Delay(TimeSpan.FromSeconds(30));
        var share = (ProcFs.CpuTime(recording.Id) - before) / TimeSpan.FromSeconds(30);
        var resident = ProcFs.ResidentBytes(recording.Id);
        var result = await recording.WaitForExitAsync(TimeSpan.FromSeconds(60));
        Expect.ExitCode(0, result);
        return new Take(recorder, recorder.Session, await Footage.ReadAsync(recorder.Session), share, resident);
    }

    /// <summary>A recording, and what the host cost meanwhile.</summary>
    /// <param name="Recorder">What recorded it.</param>
    /// <param name="Session">What is stored.</param>
    /// <param name="Footage">What it shows.</param>
    /// <param name="HostCpu">The share of one core that the host took, ffmpeg not counted.</param>
    /// <param name="HostBytes">The host's resident memory towards the end.</param>
    public sealed record Take(Recorder Recorder, RecordedSession Session, Footage Footage, double HostCpu, long HostBytes);
}

/// <summary>The tests that share the minute.</summary>
[CollectionDefinition]
public sealed class SteadyRecordingUsers : ICollectionFixture<SteadyRecording>;
