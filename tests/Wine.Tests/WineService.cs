namespace SessionRecorder.Tests;

/// <summary>The service as Windows' service manager has it. Disposing stops and removes it.</summary>
internal sealed class WineService : IAsyncDisposable
{
    private const string Name = "SessionRecorder";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly WineMachine _machine;
    private readonly WineRecorder _recorder;

    private WineService(WineMachine machine, WineRecorder recorder) => (_machine, _recorder) = (machine, recorder);

    /// <summary>The service's process on Linux; null while it does not run.</summary>
    public int? Id => _recorder.HostIds.Except(_recorder.AgentIds).Cast<int?>().FirstOrDefault(
        id => ProcFs.CommandLine(id!.Value).Contains("service"));

    /// <summary>What it logged.</summary>
    public string Log => !Directory.Exists(LogFolder) ? "" : string.Concat(Directory.EnumerateFiles(LogFolder).Order().Select(ReadShared));

    private string LogFolder => Path.Combine(_recorder.DataDirectory, "service", "log");

    /// <summary>Registers it; it does not run yet.</summary>
    public static async Task<WineService> InstallAsync(WineMachine machine, WineRecorder recorder)
    {
        var program = WineFolder.ToWindows(WineFolder.Program);
        var command = $"\"{program}\" service --config {WineFolder.ToWindows(recorder.ConfigurationPath)}";

        // Left by a test that was killed, perhaps.
        await machine.RunAsync("sc", "delete", Name);
        Expect.ExitCode(0, await machine.RunAsync("sc", "create", Name, "binPath=", command, "start=", "demand"));
        return new WineService(machine, recorder);
    }

    /// <summary>Starts it, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        var before = Log.Length;
        Expect.ExitCode(0, await _machine.RunAsync("sc", "start", Name));
        await Recorder.WaitUntilAsync(
            () => Log[before..].Contains("The service runs, and listens", StringComparison.Ordinal), _patience, "the service listens");
    }

    /// <summary>Stops it, and waits for its end.</summary>
    public async Task StopAsync()
    {
        Expect.ExitCode(0, await _machine.RunAsync("sc", "stop", Name));
        await Recorder.WaitUntilAsync(() => Id is null, _patience, "the service ends");
    }

    public async ValueTask DisposeAsync()
    {
        // Fails where it does not run.
        await _machine.RunAsync("sc", "stop", Name);
        await _machine.RunAsync("sc", "delete", Name);
    }

    private static string ReadShared(string path)
    {
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }
}
