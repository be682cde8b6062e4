using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>The program installs itself and its service. Access lists and tasks are not shown: Wine has neither.</summary>
public sealed class InstallTests
{
    private const string ServiceKey = @"HKLM\SYSTEM\CurrentControlSet\Services\SessionRecorder";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_service_is_installed_once_and_runs_and_is_removed_with_all_that_it_made()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var machine = await WineMachine.StartAsync(display);
        using var recorder = new WineRecorder(machine);

        // A test that was killed may have left it, and so may this one when it fails.
        await machine.RunAsync("sc", "delete", "SessionRecorder");
        try
        {
            Expect.ExitCode(0, await recorder.RunAsync("install", "ec2", "--service"));
            var registered = await machine.RunAsync("reg", "query", ServiceKey, "/v", "ImagePath");
            var again = await recorder.RunAsync("install", "ec2", "--service", "--dry-run");
            var isRunning = Directory.Exists(Path.Combine(recorder.DataDirectory, "service"));

            // What was installed records by itself.
            await Recorder.WaitUntilAsync(
                () => JsonNode.Parse(recorder.RunAsync("status", "--json").Result.Output)!["recording"]!.AsArray().Any(s => (string)s!["state"]! == "recording"),
                _patience,
                "the session is recorded");
            Expect.ExitCode(0, await recorder.RunAsync("stop", "--all"));
            var removed = await recorder.RunAsync("uninstall", "ec2", "--purge");

            Assert.Matches(@"""C:\\Program Files\\SessionRecorder\\versions\\[^\\]+\\session-recorder\.exe"" service", registered.Output);
            Expect.ExitCode(0, again);
            Assert.DoesNotContain("service SessionRecorder", again.Output, StringComparison.Ordinal);
            Assert.True(isRunning, "the service made its folder");

            // In one run, though the service ran from what goes.
            Expect.ExitCode(0, removed);
            Assert.Contains("remove the service SessionRecorder", removed.Output, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(WineFolder.Prefix, "drive_c", "Program Files", "SessionRecorder")), removed.ToString());
            Assert.False(Directory.Exists(recorder.DataDirectory), removed.ToString());
            Assert.NotEqual(0, (await machine.RunAsync("reg", "query", ServiceKey)).ExitCode);
            Assert.Empty(recorder.HostIds);
        }
        finally
        {
            await machine.RunAsync("sc", "stop", "SessionRecorder");
            await machine.RunAsync("sc", "delete", "SessionRecorder");
            await recorder.RunAsync("stop", "--all");
            await recorder.RunAsync("uninstall", "ec2", "--purge");
        }
    }
}
