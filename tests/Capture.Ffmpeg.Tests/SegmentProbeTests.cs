using Microsoft.Extensions.Options;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>Who is to blame when a file cannot be measured: the file, or the tool.</summary>
public sealed class SegmentProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segment-probe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_that_ffprobe_says_is_no_video_is_to_blame_itself() =>
        Assert.False((await FailAsync("/usr/bin/ffprobe")).IsTransient);

    [Theory]
    [InlineData("kill -9 $$")]
    [InlineData("kill -TERM $$")]
    [InlineData("echo 'Invalid data found when processing input' >&2; kill -9 $$")]
    [InlineData("exit 127")]
    [InlineData("exit 1")]
    [InlineData("echo 'Cannot allocate memory' >&2; exit 1")]
    [InlineData("echo '{ \"packets\": ['")]
    [InlineData("true")]
    public async Task A_file_is_not_to_blame_when_ffprobe_fails_itself(string script)
    {
        var program = Path.Combine(_folder, "ffprobe");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\n{script}\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        Assert.True((await FailAsync(program)).IsTransient);
    }

    private async Task<CaptureException> FailAsync(string ffprobe)
    {
        var path = Path.Combine(_folder, "c000001-000000.mp4");
        await File.WriteAllTextAsync(path, "no video", TestContext.Current.CancellationToken);
        var probe = new SegmentProbe(
            new FfmpegPrograms(Options.Create(new FfmpegOptions { FfprobePath = ffprobe })), new PlainSupervisor());
        return await Assert.ThrowsAsync<CaptureException>(
            () => probe.MeasureAsync(path, 5, TestContext.Current.CancellationToken));
    }
}
