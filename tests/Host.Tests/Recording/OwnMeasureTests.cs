using System.Globalization;
using System.Text.Json;
using SessionRecorder.Host.Recording;
using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.Tests.Recording;

/// <summary>What the boxes of a file tell is what ffprobe finds in it.</summary>
public sealed class OwnMeasureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("measure-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("null", 0)]
    [InlineData("select='lt(n,6)+gt(n,14)'", 1)]
    public async Task It_agrees_with_ffprobe(string filter, int holes)
    {
        var path = Path.Combine(_folder, "a.mp4");
        await CrashingVideo.MakeAsync(path, filter);

        var facts = OwnMeasure.Read(path, 5)!;

        var answer = JsonDocument.Parse(await Tool.RunAsync(
            "ffprobe", ["-loglevel", "error", "-print_format", "json", "-select_streams", "v:0", "-show_entries", "format=duration:stream=width,height:packet=pts_time", path])).RootElement;
        var times = answer.GetProperty("packets").EnumerateArray().Select(p => double.Parse(p.GetProperty("pts_time").GetString()!, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(times.Length, facts.Frames);
        Assert.Equal(times[^1] - times[0], facts.LastFrame.TotalSeconds, 0.002);
        Assert.Equal(double.Parse(answer.GetProperty("format").GetProperty("duration").GetString()!, CultureInfo.InvariantCulture), facts.Duration.TotalSeconds, 0.002);
        Assert.Equal((320, 240, holes), (facts.Width, facts.Height, facts.Holes.Count));
    }

    [Fact]
    public async Task Of_a_file_that_was_cut_anywhere_the_whole_fragments_count_and_nothing_fails()
    {
        var path = Path.Combine(_folder, "a.mp4");
        await CrashingVideo.MakeAsync(path);
        var (bytes, whole) = (await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken), OwnMeasure.Read(path, 5)!);
        var last = 0;
        for (var length = 0; length < bytes.Length; length += 97)
        {
            await File.WriteAllBytesAsync(path, bytes[..length], TestContext.Current.CancellationToken);
            var frames = OwnMeasure.Read(path, 5)?.Frames ?? 0;
            Assert.InRange(frames, last, whole.Frames);
            last = frames;
        }

        Assert.InRange(last, whole.Frames - 4, whole.Frames);
    }

    [Fact]
    public async Task A_fragment_that_claims_to_last_for_years_does_not_count()
    {
        var path = Path.Combine(_folder, "a.mp4");
        await CrashingVideo.MakeAsync(path);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var scale = bytes.AsSpan().IndexOf("mdhd"u8) + 16;
        bytes.AsSpan(scale, 4).Clear();
        bytes[scale + 3] = 1;
        foreach (var (box, offset) in (ReadOnlySpan<(string, int)>)[("tfhd", 12), ("trun", 16)])
        {
            // What every frame lasts, or the first, in the last fragment: as many units as four bytes hold.
            bytes.AsSpan(bytes.AsSpan().LastIndexOf(System.Text.Encoding.ASCII.GetBytes(box)) + offset, 4).Fill(0xff);
        }

        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        Assert.InRange(OwnMeasure.Read(path, 5)?.Duration ?? TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(366));
    }

    [Fact]
    public async Task Whatever_the_bytes_are_it_ends_with_an_answer()
    {
        var path = Path.Combine(_folder, "a.mp4");
        await CrashingVideo.MakeAsync(path);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var random = new Random(5);
        for (var round = 0; round < 500; round++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var i = 0; i < 8; i++)
            {
                damaged[random.Next(Math.Min(3000, damaged.Length))] = (byte)random.Next(256);
            }

            await File.WriteAllBytesAsync(path, damaged, TestContext.Current.CancellationToken);
            Assert.True(OwnMeasure.Read(path, 5) is null or { Frames: > 0, Width: > 0, Height: > 0 });
        }
    }
}

/// <summary>A file as a capture writes it; what crashes over it is the test's matter.</summary>
internal static class CrashingVideo
{
    /// <summary>Four seconds at five frames a second, less what a filter takes out.</summary>
    public static Task<string> MakeAsync(string path, string filter = "null") => Tool.RunAsync(
        "ffmpeg",
        [
            "-loglevel", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=5", "-t", "4", "-vf", filter, "-vsync", "passthrough",
            "-enc_time_base", "1:1000", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-pix_fmt", "yuv420p",
            "-movflags", "+empty_moov+default_base_moof", "-frag_duration", "380000", path,
        ]);
}
