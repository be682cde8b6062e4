namespace SessionRecorder.Bench;

/// <summary>The loop of the sample that this project supersedes, on Linux: what is measured beside ours.</summary>
/// <remarks>
/// Each second: start ffmpeg if none runs, send it 'q' if the resolution changed. Kinder than the original: asking for
/// the resolution costs nothing, and no upload holds the loop up.
/// </remarks>
internal sealed class SampleLoop(VirtualDisplay display, string folder, TimeSpan fileDuration) : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private RunningProcess? _ffmpeg;
    private int _files;
    private Task? _loop;

    /// <summary>The ffmpeg that runs; 0 while none does.</summary>
    public int FfmpegId => _ffmpeg is { HasExited: false } running ? running.Id : 0;

    /// <summary>The files so far, in order.</summary>
    public IReadOnlyList<string> Files => [.. Directory.GetFiles(folder, "*.mp4").Order(StringComparer.Ordinal)];

    public void Start() => _loop = LoopAsync();

    /// <summary>Ends the recording as the sample does.</summary>
    public async Task StopAsync()
    {
        await _end.CancelAsync();
        await (_loop ?? Task.CompletedTask);
        if (_ffmpeg is { HasExited: false } running)
        {
            await QuitAsync(running);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await (_ffmpeg?.DisposeAsync() ?? ValueTask.CompletedTask);
        _end.Dispose();
    }

    private async Task LoopAsync()
    {
        var size = display.Size;
        while (!_end.IsCancellationRequested)
        {
            if (_ffmpeg is null or { HasExited: true })
            {
                size = display.Size;
                _ffmpeg = new RunningProcess(
                    "ffmpeg",
                    [
                        "-f", "x11grab", "-framerate", "5", "-i", display.Name, "-t", $"{fileDuration.TotalSeconds:F0}", "-y", "-v", "0",
                        "-vcodec", "libx264", "-pix_fmt", "yuv420p", Path.Combine(folder, $"{_files++:D3}.mp4"),
                    ]);
            }
            else if (size != display.Size)
            {
                await QuitAsync(_ffmpeg);
            }

            await Task.Delay(TimeSpan.FromSeconds(1), _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task QuitAsync(RunningProcess ffmpeg)
    {
        await ffmpeg.WriteAsync("q");
        await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(10));
    }
}
