using System.Globalization;
using System.Text.Json;
using SessionRecorder.TestTools.Drawing;
using SessionRecorder.TestTools.Files;
using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Video;

/// <summary>A frame of a recorded time pattern.</summary>
/// <param name="Offset">When it is shown, from the file's first frame.</param>
/// <param name="Picture">The moment that the picture shows; null when there is no whole time pattern in it.</param>
public readonly record struct VideoFrame(TimeSpan Offset, DateTimeOffset? Picture);

/// <summary>What ffprobe says about a file, after decoding all of it.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Frames">Frames decoded.</param>
/// <param name="Duration">Seconds.</param>
/// <param name="Complaints">What it complained about; empty for a good file.</param>
public sealed record VideoFacts(int Width, int Height, int Frames, double Duration, string Complaints);

/// <summary>Reads video files with ffmpeg and ffprobe: a judge that knows nothing of the recorder.</summary>
public static class VideoReader
{
    /// <summary>Reads the time pattern from each frame.</summary>
    /// <exception cref="IOException">The file does not play.</exception>
    public static async Task<IReadOnlyList<VideoFrame>> ReadAsync(string path)
    {
        using var folder = new TemporaryFolder();
        var luma = folder["luma"];
        await Tool.RunAsync(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-threads", "1", "-i", path, "-vf",
                $"crop={TimeCode.Width}:{TimeCode.Height}:0:0,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", luma,
            ]);
        var pictures = ReadPictures(await File.ReadAllBytesAsync(luma));
        var offsets = await ReadOffsetsAsync(path);
        return pictures.Count == offsets.Count
            ? [.. offsets.Zip(pictures, (offset, picture) => new VideoFrame(offset, picture))]
            : throw new IOException($"{path} holds {offsets.Count} frames of which {pictures.Count} can be decoded");
    }

    /// <summary>Decodes the file and says what it holds.</summary>
    /// <exception cref="IOException">The file does not play.</exception>
    public static async Task<VideoFacts> ProbeAsync(string path)
    {
        var result = await Tool.TryAsync(
            "ffprobe",
            [
                "-v", "error", "-threads", "1", "-count_frames", "-select_streams", "v:0",
                "-show_entries", "stream=width,height,nb_read_frames:format=duration", "-of", "json", path,
            ]);
        if (result.ExitCode != 0)
        {
            throw new IOException($"{path} does not play: {result.Error.Trim()}");
        }

        using var json = JsonDocument.Parse(result.Output);
        var stream = json.RootElement.GetProperty("streams")[0];
        return new VideoFacts(
            stream.GetProperty("width").GetInt32(),
            stream.GetProperty("height").GetInt32(),
            int.Parse(stream.GetProperty("nb_read_frames").GetString()!, CultureInfo.InvariantCulture),
            double.Parse(
                json.RootElement.GetProperty("format").GetProperty("duration").GetString()!, CultureInfo.InvariantCulture),
            result.Error.Trim());
    }

    private static List<DateTimeOffset?> ReadPictures(byte[] luma)
    {
        const int Size = TimeCode.Width * TimeCode.Height;
        var pictures = new List<DateTimeOffset?>(luma.Length / Size);
        for (var at = 0; at + Size <= luma.Length; at += Size)
        {
            pictures.Add(
                TimeCode.Read(luma.AsSpan(at, Size)) is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null);
        }

        return pictures;
    }

    private static async Task<IReadOnlyList<TimeSpan>> ReadOffsetsAsync(string path)
    {
        var output = await Tool.RunAsync(
            "ffprobe",
            ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path]);
        var times = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => double.Parse(line.Trim().TrimEnd(','), CultureInfo.InvariantCulture))
            .Order()
            .ToList();
        return [.. times.Select(time => TimeSpan.FromSeconds(time - times[0]))];
    }
}
