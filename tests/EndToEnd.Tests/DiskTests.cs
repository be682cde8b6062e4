namespace SessionRecorder.Tests;

/// <summary>Disks that are full or may not be written. Skipped where no small file system can be mounted for it.</summary>
public sealed class DiskTests : IAsyncLifetime
{
    private VirtualDisplay? _display;

    private VirtualDisplay Display => _display ?? throw new InvalidOperationException("the display is not there yet");

    public async ValueTask InitializeAsync()
    {
        _display = await VirtualDisplay.StartXvfbAsync();
        await _display.ShowTimeAsync();
    }

    public ValueTask DisposeAsync() => Display.DisposeAsync();

    [Fact]
    public async Task A_full_spool_is_a_gap_and_recording_resumes_when_space_comes_back()
    {
        await using var disk = await MountAsync(96);
        await using var recorder = new Recorder(Display.Name);
        recorder.Configuration["DataDirectory"] = Path.Combine(disk.FullName, "data");
        recorder.Configuration["Capture"]!["MinimumFreeSpace"] = "16MB";
        await recorder.StartAsync("full");
        await Task.Delay(TimeSpan.FromSeconds(5));

        var filled = DateTimeOffset.UtcNow;
        disk.Fill();
        await Task.Delay(TimeSpan.FromSeconds(8));
        var freed = DateTimeOffset.UtcNow;
        disk.Free();
        await Task.Delay(TimeSpan.FromSeconds(7));
        var session = await recorder.StopAsync("full");

        await Expect.Whole(recorder, session);
        Expect.GapAt(session, filled + TimeSpan.FromSeconds(6), "disk-full");
        var pictures = (await Footage.ReadAsync(session)).Frames.Select(frame => frame.Picture).ToList();
        Assert.True(pictures.Last(p => p < freed) > filled - TimeSpan.FromSeconds(2), "what was recorded before was lost");
        Assert.True(pictures[^1] > freed + TimeSpan.FromSeconds(4), "recording did not resume");
    }

    [Fact]
    public async Task A_session_that_starts_while_the_one_before_is_still_delivered_is_recorded_at_once()
    {
        await using var disk = await MountAsync(16);
        await using var recorder = StoringOn(disk);
        disk.Fill();
        await recorder.StartAsync("before");
        var stopping = recorder.RunAsync("stop", "--session", "before", "--timeout", "20s");
        await Task.Delay(TimeSpan.FromSeconds(2));

        await recorder.StartAsync("after");
        disk.Free();

        Expect.ExitCode(0, await stopping);
        Expect.ExitCode(0, await recorder.RunAsync("stop", "--session", "after"));
        foreach (var session in recorder.Sessions)
        {
            await Expect.Whole(recorder, session);
        }
    }

    [Fact]
    public async Task Stop_says_that_something_remains_when_the_storage_is_full_and_recover_delivers_it()
    {
        await using var disk = await MountAsync(16);
        await using var recorder = StoringOn(disk);
        disk.Fill();
        await recorder.StartAsync("waiting");
        await Task.Delay(TimeSpan.FromSeconds(4));

        var stop = await recorder.RunAsync("stop", "--session", "waiting", "--timeout", "5s");
        Expect.ExitCode(4, stop);
        Assert.NotEmpty(Directory.GetFiles(recorder.SpoolOf("waiting"), "*.mp4", SearchOption.AllDirectories));
        disk.Free();
        Expect.ExitCode(0, await recorder.RunAsync("recover"));

        // It was sealed before: nothing of it had to be repaired.
        await Expect.Whole(recorder, recorder.Session);
    }

    [Fact]
    public async Task Storage_that_fails_for_a_while_is_tried_again_until_it_takes()
    {
        await using var disk = await MountAsync(16);
        await using var recorder = StoringOn(disk);
        disk.Fill();
        await recorder.StartAsync("patient");
        await Task.Delay(TimeSpan.FromSeconds(7));
        disk.Free();

        var session = await recorder.StopAsync("patient");

        await Expect.Whole(recorder, session);
        Assert.DoesNotContain("upload-refused", await File.ReadAllTextAsync(session.LedgerPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_folder_that_may_not_be_written_is_refused_in_one_line()
    {
        await using var disk = await MountAsync(4);
        await disk.MakeReadOnlyAsync();
        await using var recorder = new Recorder(Display.Name);

        var result = await recorder.RunAsync("record", "--duration", "3s", "--output", disk.FullName);

        Expect.ExitCode(2, result);
        Expect.OneLineError(result, disk.FullName);
    }

    private static async Task<SmallDisk> MountAsync(int megabytes)
    {
        try
        {
            return await SmallDisk.MountAsync(megabytes);
        }
        catch (IOException exception)
        {
            Assert.Skip($"no small disk can be mounted here (not root, or a container without the right): {exception.Message}");
            throw;
        }
    }

    private Recorder StoringOn(SmallDisk disk)
    {
        var recorder = new Recorder(Display.Name);
        recorder.Configuration["Storage"]!["archive"]!["Options"]!["Path"] = disk.FullName;
        recorder.Configuration["Capture"]!["SegmentDuration"] = "2s";
        return recorder;
    }
}
