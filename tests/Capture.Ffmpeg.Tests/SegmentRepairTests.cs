using System.Diagnostics;
using Microsoft.Extensions.Options;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class SegmentRepairTests : IDisposable
{
    private static readonly Lazy<byte[]> Whole = new(EncodeFragmentedFile);

    private readonly string _folder = Directory.CreateTempSubdirectory("segment-repair-").FullName;
    private readonly SegmentProbe _probe = new(new FfmpegPrograms(Options.Create(new FfmpegOptions())), new PlainSupervisor());

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_whole_file_is_left_as_it_is()
    {
        var path = Write(Whole.Value);

        var facts = await SegmentRepair.RepairAsync(path, 5, _probe, TestContext.Current.CancellationToken);

        Assert.Equal(Whole.Value, File.ReadAllBytes(path));
        Assert.Equal((10, 64, 48), (facts!.Frames, facts.Width, facts.Height));
        Assert.Equal(2.0, facts.Duration.TotalSeconds, 0.05);
        Assert.Equal(1.8, facts.LastFrame.TotalSeconds, 0.001);
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_plays_up_to_its_last_whole_fragment()
    {
        var previous = 0;
        for (var length = 1; length < Whole.Value.Length; length += 97)
        {
            var path = Write(Whole.Value[..length]);

            var facts = await SegmentRepair.RepairAsync(path, 5, _probe, TestContext.Current.CancellationToken);

            var frames = facts?.Frames ?? 0;
            Assert.True(frames >= previous, $"{length} bytes hold {frames} frames, fewer bytes held {previous}");
            Assert.Equal("", frames == 0 ? "" : Decode(path));
            previous = frames;
        }

        Assert.InRange(previous, 8, 10);
    }

    [Fact]
    public async Task A_file_without_a_frame_is_told_as_such_and_not_touched()
    {
        var header = Whole.Value[..(FindBox("moof") + 20)];
        var path = Write(header);

        Assert.Null(await SegmentRepair.RepairAsync(path, 5, _probe, TestContext.Current.CancellationToken));
        Assert.Equal(header, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task Rubbish_is_no_segment()
    {
        var path = Write([.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31))]);

        Assert.Null(await SegmentRepair.RepairAsync(path, 5, _probe, TestContext.Current.CancellationToken));
    }

    private static int FindBox(string type) =>
        Whole.Value.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(type)) - 4;

    private string Write(byte[] content)
    {
        var path = Path.Combine(_folder, "c0001-000000.mp4");
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] EncodeFragmentedFile()
    {
        var path = Path.Combine(Path.GetTempPath(), $"whole-{Guid.NewGuid():N}.mp4");
        Run(
            "-v error -f lavfi -i testsrc2=size=64x48:rate=5 -frames:v 10 -c:v libx264 -bf 0 -g 100 -pix_fmt yuv420p "
            + $"-movflags +empty_moov+default_base_moof -frag_duration 380000 {path}");
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    private static string Decode(string path) => Run($"-v error -i {path} -f null -");

    private static string Run(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/ffmpeg", arguments) { RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return errors;
    }
}
