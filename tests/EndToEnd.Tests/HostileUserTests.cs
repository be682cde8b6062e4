using SessionRecorder.TestTools.Machines;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests;

/// <summary>What a session's user without rights does with what is the user's own: environment, home, keys, X server.</summary>
/// <remarks>Others' files, sockets and processes are <see cref="AppStreamTests"/>' and <see cref="ReachTests"/>' matter.</remarks>
public sealed class HostileUserTests(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _calm = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Nothing_of_the_users_environment_and_profile_takes_effect_on_what_records()
    {
        await using var on = await AppStreamMachine.CreateAsync(store, output);
        await using var profile = await HostileProfile.PlantAsync(on.Ada);

        await on.StartSessionAsync(on.Ada, "ada-6", [.. profile.Environment]);
        await Task.Delay(_calm, TestContext.Current.CancellationToken);

        int[] ours = [.. on.Machine.Running("session-recorder"), .. on.Machine.Running("ffmpeg")];
        Assert.Equal(2, ours.Length);
        Assert.Empty(await profile.FindEffectsAsync(ours));
        Expect.ExitCode(0, await on.EndSessionAsync(on.Ada));
        await AppStreamMachine.ExpectStoredAsync(await on.DownloadAsync(), "ada-6", on.Ada);
        Assert.Empty(await profile.FindEffectsAsync([]));

        // The traces are real ones: the user's own programs left theirs.
        Assert.NotEmpty(Directory.GetFiles(on.Ada.Home, "loaded.*"));
    }

    [Fact]
    public async Task A_user_who_asks_the_service_with_such_an_environment_is_recorded_with_nothing_of_it()
    {
        await using var machine = await ServiceMachine.CreateAsync();
        await using var profile = await HostileProfile.PlantAsync(machine.User);
        await machine.StartServiceAsync();

        var start = await machine.User.TryAsync(
            machine.Program,
            ["start", "--config", machine.Recorder.ConfigurationPath],
            [.. profile.Environment.Where(variable => !variable.Name.StartsWith("SESSION_", StringComparison.Ordinal)), ("DISPLAY", machine.Display.Name)]);

        Expect.ExitCode(0, start);
        int[] ours = [.. machine.AgentIds, .. machine.Recorder.FfmpegIds];
        Assert.Equal(2, ours.Length);
        Assert.Empty(await profile.FindEffectsAsync([.. ours, machine.Service.Id]));
        Expect.ExitCode(0, await machine.Recorder.RunAsync("stop", "--all"));
        Assert.Empty(await SessionAudit.FindProblemsAsync(machine.Recorder.Session));
        Assert.Empty(await profile.FindEffectsAsync([machine.Service.Id]));
        Assert.NotEmpty(Directory.GetFiles(machine.User.Home, "loaded.*"));
    }

    [Fact]
    public async Task Whatever_lies_in_the_place_of_the_displays_keys_holds_no_recording_up()
    {
        await using var on = await AppStreamMachine.CreateAsync(store, output);
        var keys = await WriteKeysAsync(on.Ada);
        await on.StartSessionAsync(on.Ada, "ada-7");
        var display = $":{Path.GetFileName(Directory.GetFiles(on.Machine.At("/tmp/.X11-unix")).Single())[1..]}";

        // Each change of size starts a capture anew. The server lets it in without a key, as many do for who is on the machine.
        foreach (var (replace, height) in new[] { ("mkfifo $F", 480), ("ln -s /etc/shadow $F", 500), ("mkdir $F", 520), (":", 540) })
        {
            await AsAdaAsync($"cp $F $F.kept; rm -r $F; {replace}; {Resize(height)}");
            await UntilRecordedAsync();
            await Task.Delay(_calm, TestContext.Current.CancellationToken);
            await AsAdaAsync("rm -rf $F; mv $F.kept $F");
        }

        Expect.ExitCode(0, await on.EndSessionAsync(on.Ada));
        var session = await AppStreamMachine.ExpectStoredAsync(await on.DownloadAsync(), "ada-7", on.Ada, unpainted: 12);
        Assert.Equal([720, 480, 500, 520, 540], session.Manifest.Segments.Select(segment => segment.Height).Distinct());
        Assert.DoesNotContain(session.Manifest.Gaps, gap => gap.Cause is "capture-stalled" or "capture-failed" or "display-lost");

        async Task AsAdaAsync(string script)
        {
            await using var process = on.Machine.LaunchAs(
                on.Ada, "/bin/sh", ["-ec", script], ("DISPLAY", display), ("XAUTHORITY", keys + ".own"), ("F", keys));
            Expect.ExitCode(0, await process.WaitForExitAsync(_patience));
        }

        Task UntilRecordedAsync() => Recorder.WaitUntilAsync(() => (string?)on.RecordingAsync().Result[0]["gapCause"] is null, _patience, "it is recorded");
    }

    [Fact]
    public async Task A_user_who_stops_the_own_X_server_is_in_the_account_with_the_time_and_recorded_when_it_goes_on()
    {
        await using var on = await AppStreamMachine.CreateAsync(store, output);
        var server = await on.StartSessionAsync(on.Ada, "ada-8");
        await Task.Delay(_calm, TestContext.Current.CancellationToken);

        Expect.ExitCode(0, await on.Machine.RunAsAsync(on.Ada, "kill", "-STOP", $"{server.Id}"));
        var stopped = DateTimeOffset.UtcNow;
        await Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Expect.ExitCode(0, await on.Machine.RunAsAsync(on.Ada, "kill", "-CONT", $"{server.Id}"));
        await Task.Delay(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);

        Expect.ExitCode(0, await on.EndSessionAsync(on.Ada));
        var session = await AppStreamMachine.ExpectStoredAsync(await on.DownloadAsync(), "ada-8", on.Ada);
        var gap = Expect.GapAt(session, stopped + TimeSpan.FromSeconds(6), session.Manifest.Gaps.MaxBy(g => g.To - g.From)!.Cause);
        Assert.Contains(gap.Cause, (string[])["capture-stalled", "display-lost"]);
        Assert.True(session.Manifest.Segments[^1].EndedAt > gap.To, "recording did not go on");
    }

    /// <summary>A size of the display that nobody had before; the server knows no other sizes than its own.</summary>
    private static string Resize(int height) =>
        $"xrandr --newmode m{height} 0 640 640 640 640 {height} {height} {height} {height}; xrandr --addmode screen m{height}; xrandr --output screen --mode m{height}";

    /// <summary>A key for every display, as display managers write it, and a copy that the user's own programs take.</summary>
    private static async Task<string> WriteKeysAsync(UnprivilegedUser user)
    {
        var path = Path.Combine(user.Home, ".Xauthority");
        byte[] key = [0xff, 0xff, 0, 0, 0, 0, 0, 18, .. "MIT-MAGIC-COOKIE-1"u8, 0, 16, .. Enumerable.Repeat((byte)7, 16)];
        foreach (var file in new[] { path, path + ".own" })
        {
            await File.WriteAllBytesAsync(file, key);
            await user.OwnAsync(file);
        }

        return path;
    }
}
