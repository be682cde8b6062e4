using System.Collections.Concurrent;

namespace SessionRecorder.Plugins;

/// <summary>How an ffmpeg is told to keep each frame's own time.</summary>
internal enum FpsOption
{
    /// <summary><c>-fps_mode</c>, since ffmpeg 5.1.</summary>
    FpsMode,

    /// <summary><c>-vsync</c>, until then; later versions warn of it or have it no more.</summary>
    Vsync,
}

/// <summary>Remembers what each ffmpeg at hand was found to take. Thread-safe.</summary>
/// <remarks>
/// Found by trial, for a version says little: builds are numbered as their makers please. The trial is the capture itself,
/// so that finding out costs nothing where the first choice is right.
/// </remarks>
internal sealed class FfmpegDialects
{
    private readonly ConcurrentDictionary<Binary, FpsOption> _known = [];

    /// <summary>What a binary was found to take; null when it was not tried, or replaced since.</summary>
    public FpsOption? Find(string program) => _known.TryGetValue(Binary.Of(program), out var option) ? option : null;

    /// <summary>Remembers what a binary takes.</summary>
    public void Learn(string program, FpsOption option) => _known[Binary.Of(program)] = option;

    private readonly record struct Binary(string Path, long Length, DateTime WrittenAt)
    {
        public static Binary Of(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? new(path, file.Length, file.LastWriteTimeUtc) : new(path, 0, default);
        }
    }
}
