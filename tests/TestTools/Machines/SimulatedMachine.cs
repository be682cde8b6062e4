using System.Globalization;
using SessionRecorder.TestTools.Files;
using SessionRecorder.TestTools.Processes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.TestTools.Machines;

/// <summary>
/// A Linux machine in mount points of its own over this one: what is written to its /etc, /opt, /usr/lib and /var/lib, and its X servers'
/// sockets, is gone with it and was never seen outside. Needs root.
/// </summary>
/// <remarks>Not thread-safe. Disposing ends its processes, which carry a variable in their environment, by their ids.</remarks>
public sealed class SimulatedMachine : IAsyncDisposable
{
    private const string MarkName = "SESSION_RECORDER_TEST";
    private const string SystemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private const string Setup = """
        set -e
        mount -t tmpfs -o mode=0755 tmpfs "$1"
        for place in /etc /opt /usr/lib /var/lib; do
            mkdir -p "$1$place.upper" "$1$place.work"
            mount -t overlay -o "lowerdir=$place,upperdir=$1$place.upper,workdir=$1$place.work" overlay "$place"
        done
        mkdir -m 1777 -p /tmp/.X11-unix
        mount -t tmpfs -o mode=1777 tmpfs /tmp/.X11-unix
        echo ready
        exec cat
        """;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly List<RunningProcess> _processes = [];
    private readonly RunningProcess _holder;

    private SimulatedMachine() =>
        _holder = new RunningProcess("unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", Setup, "sh", _folder.FullName]);

    /// <summary>The recorder's own processes that run on it, and their ffmpeg.</summary>
    public IReadOnlyList<int> ProcessIds => ProcFs.FindByEnvironment(MarkName, _mark);

    /// <summary>Makes one. Users must exist before it.</summary>
    /// <exception cref="TimeoutException">It cannot be made here.</exception>
    public static async Task<SimulatedMachine> CreateAsync()
    {
        var machine = new SimulatedMachine();
        try
        {
            await machine._holder.WaitForLineAsync("ready", _patience);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Its processes that run a program, by the program's name.</summary>
    public IReadOnlyList<int> Running(string program) =>
        [.. ProcessIds.Where(id => Path.GetFileName(ProcFs.Program(id)) == program)];

    /// <summary>Where a path of the machine is reached from outside.</summary>
    public string At(string path) => string.Create(CultureInfo.InvariantCulture, $"/proc/{_holder.Id}/root{path}");

    /// <summary>Writes a file, root's, for all to read.</summary>
    public Task WriteAsync(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        return File.WriteAllTextAsync(At(path), text);
    }

    /// <summary>Mounts a small file system in memory over a folder.</summary>
    /// <param name="path">The folder; what is in it is hidden.</param>
    /// <param name="megabytes">How much it holds.</param>
    /// <param name="files">How many files, folders included.</param>
    public async Task MountSmallDiskAsync(string path, int megabytes, int files)
    {
        var result = await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,nr_inodes={files},mode=0755", "tmpfs", path);
        if (result.ExitCode != 0)
        {
            throw new IOException($"mount {path}: {result}");
        }
    }

    /// <summary>Starts a program on it, as the system does: as root, with nothing but the system's variables.</summary>
    public RunningProcess Launch(string fileName, IEnumerable<string> arguments, params (string Name, string Value)[] environment) =>
        Launch([], fileName, arguments, [("HOME", "/root"), ("PATH", SystemPath), .. environment]);

    /// <summary>Starts a program on it as a user, in the user's session.</summary>
    public RunningProcess LaunchAs(
        UnprivilegedUser user, string fileName, IEnumerable<string> arguments, params (string Name, string Value)[] environment) => Launch(
            ["/usr/bin/setpriv", $"--reuid={user.Name}", $"--regid={user.Name}", "--clear-groups", "--"],
            fileName,
            arguments,
            [("HOME", user.Home), ("PATH", "/usr/bin:/bin"), ("USER", user.Name), .. environment]);

    /// <summary>Runs a program as root to its end.</summary>
    public async Task<ToolResult> RunAsync(string fileName, params string[] arguments)
    {
        await using var process = Launch(fileName, arguments);
        return await process.WaitForExitAsync(TimeSpan.FromSeconds(75));
    }

    /// <summary>Runs a program as a user to its end.</summary>
    public async Task<ToolResult> RunAsAsync(UnprivilegedUser user, string fileName, params string[] arguments)
    {
        await using var process = LaunchAs(user, fileName, arguments);
        return await process.WaitForExitAsync(TimeSpan.FromSeconds(75));
    }

    /// <summary>Logs a user on: an X server of the user's own, with the time on it.</summary>
    /// <param name="user">The user.</param>
    /// <param name="environment">What the user's profile sets, on top of what the system does.</param>
    /// <returns>The server, for <see cref="LogOffAsync"/>.</returns>
    public async Task<RunningProcess> LogOnAsync(UnprivilegedUser user, params (string Name, string Value)[] environment)
    {
        var server = LaunchAs(
            user, "Xvfb", ["-displayfd", "1", "-screen", "0", "1280x720x24", "-nolisten", "tcp", "-noreset"], environment);
        _processes.Add(server);
        var display = $":{(await server.WaitForLineAsync("", _patience)).Trim()}";
        var painter = Launch(
            Path.Combine(AppContext.BaseDirectory, "SessionRecorder.TestTools"), ["time-pattern", display, "0", "0"]);
        _processes.Add(painter);
        await painter.WaitForLineAsync("ready", _patience);
        return server;
    }

    /// <summary>Logs the user off: gently, so that the server removes its lock file.</summary>
    public static async Task LogOffAsync(RunningProcess server)
    {
        if (!server.HasExited)
        {
            ProcFs.Signal(server.Id, ProcFs.SigTerm);
            await server.WaitForExitAsync(_patience);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            await LogOffAsync(process);
            await process.DisposeAsync();
        }

        // Twice: between looking and killing, one may have started another.
        for (var round = 0; round < 2; round++)
        {
            foreach (var id in ProcessIds)
            {
                ProcFs.Signal(id, ProcFs.SigKill);
            }

            await Task.Delay(200);
        }

        await _holder.DisposeAsync();
        _folder.Dispose();
    }

    private RunningProcess Launch(
        IEnumerable<string> wrapper, string fileName, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment) => new(
            "nsenter",
            [
                $"--mount=/proc/{_holder.Id}/ns/mnt", "--", .. wrapper, "/usr/bin/env", "-i", "LANG=C.UTF-8", $"{MarkName}={_mark}",
                .. environment.Select(variable => $"{variable.Name}={variable.Value}"),
                fileName, .. arguments,
            ]);
}
