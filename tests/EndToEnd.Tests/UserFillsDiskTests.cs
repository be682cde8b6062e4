using System.Text.Json.Nodes;
using SessionRecorder.TestTools.Machines;

namespace SessionRecorder.Tests;

/// <summary>A user without rights fills the disk that the spool is on, and takes at once what becomes free.</summary>
public sealed class UserFillsDiskTests(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private const string Shared = "/var/lib/shared";

    // Until nothing more is taken, and again a moment later.
    private const string FillSpace = "while :; do cat /dev/zero >>fill; sleep 0.1; done 2>/dev/null";
    private const string FillFiles = "i=0; while :; do while : >f$i; do i=$((i+1)); done; sleep 0.1; done 2>/dev/null";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    /// <summary>A sink that could not be reached for a while is tried again after up to 30 s.</summary>
    private static readonly TimeSpan _afterOutage = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(4);

    [Theory]
    [InlineData("space", FillSpace)]
    [InlineData("files", FillFiles)]
    public async Task What_was_recorded_is_delivered_all_the_same_and_recording_goes_on_when_there_is_room(string what, string fill)
    {
        await using var on = await CreateAsync();
        await on.StartSessionAsync(on.Ada, $"full-{what}");
        await Task.Delay(_calm, TestContext.Current.CancellationToken);
        on.Proxy.Fault = new Fault(FaultKind.Refuse);
        await Task.Delay(_calm, TestContext.Current.CancellationToken);

        var filled = DateTimeOffset.UtcNow;
        await using var filler = on.Machine.LaunchAs(on.Ada, "/bin/sh", ["-c", $"cd {Shared}; {fill}"]);
        await UntilFullAsync(on);
        on.Proxy.Fault = null;

        // The files go only once the ledger tells of it, and to that the user may have left no room.
        await UntilAsync(on, () => CountWaiting(on) == 0, _afterOutage, "what waited is delivered");
        await Task.Delay(_calm, TestContext.Current.CancellationToken);
        Assert.Equal("disk-full", Gap(on));
        var finding = (await on.FindAsync()).First(f => (string)f!["subject"]! == "data directory")!;
        Assert.Equal("problem", (string)finding["level"]!);
        var freed = DateTimeOffset.UtcNow;
        await EmptyAsync(on, filler);
        await Recorder.WaitUntilAsync(() => Gap(on) is null, _patience, "it is recorded again");
        await Task.Delay(_calm, TestContext.Current.CancellationToken);

        Expect.ExitCode(0, await on.EndSessionAsync(on.Ada));
        var session = await AppStreamMachine.ExpectStoredAsync(await on.DownloadAsync(), $"full-{what}", on.Ada);
        Expect.GapAt(session, freed - TimeSpan.FromSeconds(1), "disk-full");
        var pictures = (await Footage.ReadAsync(session)).Frames.Select(frame => frame.Picture).ToList();
        Assert.True(pictures.Last(picture => picture < freed) > filled - TimeSpan.FromSeconds(2), "what was recorded before was lost");
        Assert.True(pictures[^1] > freed + TimeSpan.FromSeconds(2), "recording did not go on");
    }

    [Theory]
    [InlineData("space", FillSpace)]
    [InlineData("files", FillFiles)]
    public async Task A_session_that_ends_on_a_full_disk_is_whole_once_there_is_room(string what, string fill)
    {
        await using var on = await CreateAsync();
        await on.StartSessionAsync(on.Ada, $"ends-{what}");
        await Task.Delay(_calm, TestContext.Current.CancellationToken);
        await using var filler = on.Machine.LaunchAs(on.Ada, "/bin/sh", ["-c", $"cd {Shared}; {fill}"]);
        await UntilFullAsync(on);

        var stop = await on.EndSessionAsync(on.Ada);
        output.WriteLine(stop.ToString());
        await on.Machine.LogOnAsync(on.Bob);
        var start = Assert.Single(await on.Scripts.RunAsync("SessionStart", on.Bob)).Result!;
        output.WriteLine(start.ToString());
        await EmptyAsync(on, filler);
        var recover = await on.Machine.RunAsync(AppStreamMachine.Pointer, "recover");
        output.WriteLine(recover.ToString());

        Assert.Contains(stop.ExitCode, (int[])[0, 4]);
        Assert.NotEqual(0, start.ExitCode);
        Assert.Contains("free", start.Error, StringComparison.Ordinal);
        await AppStreamMachine.ExpectStoredAsync(await on.DownloadAsync(), $"ends-{what}", on.Ada);
    }

    private async Task<AppStreamMachine> CreateAsync() => await AppStreamMachine.CreateAsync(
        store,
        output,
        async machine =>
        {
            await machine.MountSmallDiskAsync("/var/lib", megabytes: 96, files: 1000);
            Expect.ExitCode(0, await machine.RunAsync("mkdir", "-m", "1777", Shared));
        },
        configuration => configuration["Capture"]!["MinimumFreeSpace"] = "16MB");

    private Task UntilFullAsync(AppStreamMachine on) => UntilAsync(on, () => Gap(on) == "disk-full", _patience, "the disk is full");

    private async Task UntilAsync(AppStreamMachine on, Func<bool> holds, TimeSpan patience, string what)
    {
        try
        {
            await Recorder.WaitUntilAsync(holds, patience, what);
        }
        catch (TimeoutException)
        {
            output.WriteLine((await on.RecordingAsync()).Single().ToJsonString());
            output.WriteLine((await on.Machine.RunAsync(
                "sh", "-c", "tail -n 20 /var/lib/session-recorder/logs/*/*.jsonl; df /var/lib; df -i /var/lib; ls -la /var/lib/session-recorder/sessions/*/*")).Output);
            throw;
        }
    }

    private static string? Gap(AppStreamMachine on) => (string?)on.RecordingAsync().Result.Single()["gapCause"];

    private static int CountWaiting(AppStreamMachine on) => (int)on.RecordingAsync().Result.Single()["sinks"]![0]!["segments"]!;

    private static async Task EmptyAsync(AppStreamMachine on, RunningProcess filler)
    {
        await filler.DisposeAsync();

        // The shell's own child may still write: it ends with what it has.
        foreach (var id in ProcFs.FindByOwner(on.Ada.Id).Where(id => ProcFs.CommandLine(id) is ["cat" or "/bin/sh", ..]))
        {
            ProcFs.Signal(id, ProcFs.SigKill);
        }

        Expect.ExitCode(0, await on.Machine.RunAsAsync(on.Ada, "find", Shared, "-type", "f", "-delete"));
    }
}
