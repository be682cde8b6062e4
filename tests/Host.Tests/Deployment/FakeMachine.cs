using System.Diagnostics;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Deployment;

/// <summary>A machine's folders below one of a test's own, an unpacked program to install there, and the tools that were called.</summary>
internal sealed class FakeMachine : ISystemTools, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("recorder-install-");
    private readonly List<Process> _running = [];

    public FakeMachine(bool isWindows = false, bool isLive = false)
    {
        Layout = MachineLayout.Of(isWindows, this["root"], isLive);
        Unpack("one");
    }

    public MachineLayout Layout { get; }

    public string Source => this["unpacked"];

    public InstalledProgram Installed => new(Layout);

    /// <summary>What the system's tools were called with, the root's folder left out.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>What they answer; nothing, with exit code 0, by default.</summary>
    public Func<string, (int ExitCode, string Output)> Answer { get; set; } = _ => (0, "");

    /// <summary>The service that is registered with Windows; none by default.</summary>
    public RegisteredService? Service { get; set; }

    /// <summary>Whether the service ends when it is told to.</summary>
    public bool HasStubbornService { get; init; }

    public string this[string name] => Path.Combine(_folder.FullName, name);

    /// <summary>Where a path of the machine is.</summary>
    public string At(string path) => Layout.Place(path);

    /// <summary>Makes the unpacked program anew.</summary>
    public void Unpack(string content)
    {
        Directory.CreateDirectory(Path.Combine(Source, "plugins", "storage.local"));

        // One that can be run, for a while.
        File.Copy("/bin/sleep", Path.Combine(Source, Layout.ProgramName), overwrite: true);
        File.WriteAllText(Path.Combine(Source, "content.dll"), content);
        File.WriteAllText(Path.Combine(Source, "recorder.schema.json"), "{}");
        File.WriteAllText(Path.Combine(Source, "plugins", "storage.local", "plugin.json"), "{}");
    }

    public InstallRequest Request(InstallTarget target = InstallTarget.AppStream) =>
        new() { Target = target, Layout = Layout, Source = Source, Version = "0.1.0" };

    public Task<InstallPlan> PlanAsync(InstallRequest? request = null) =>
        new InstallPlanner(request ?? Request(), TrustPolicy.Off, this).PlanAsync(TestContext.Current.CancellationToken);

    public Task<InstallPlan> PlanRemovalAsync(bool purge = false, InstallRequest? request = null) =>
        new UninstallPlanner(request ?? Request(), TrustPolicy.Off, this).PlanAsync(purge, TestContext.Current.CancellationToken);

    /// <summary>Carries a plan out.</summary>
    /// <returns>The lines that it told.</returns>
    public static async Task<IReadOnlyList<string>> DoAsync(InstallPlan plan)
    {
        var told = new List<string>();
        await plan.RunAsync(told.Add, TestContext.Current.CancellationToken);
        return told;
    }

    public async Task InstallAsync(InstallRequest? request = null) => await DoAsync(await PlanAsync(request));

    /// <summary>Runs the installed program by the path that hooks call, as a recording would.</summary>
    public Process Record()
    {
        var process = Process.Start(At(Layout.Pointer), ["600"]);
        _running.Add(process);
        return process;
    }

    /// <summary>Puts a session into the spool.</summary>
    public void LeaveSession(string id, string? data = null) => File.WriteAllText(
        Path.Combine(Directory.CreateDirectory(Path.Combine(At(data ?? Layout.DataFolder), "sessions", id)).FullName, "session.json"), "{}");

    /// <summary>Everything below the root: paths, links' targets, modes and contents.</summary>
    public SortedDictionary<string, string> Look()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Directory.Exists(this["root"]))
        {
            foreach (var entry in new DirectoryInfo(this["root"]).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
            {
                found[Path.GetRelativePath(this["root"], entry.FullName)] = entry switch
                {
                    { LinkTarget: { } target } => "-> " + target,
                    DirectoryInfo => entry.UnixFileMode.ToString(),
                    _ => $"{entry.UnixFileMode} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(entry.FullName)))}",
                };
            }
        }

        return found;
    }

    public Task<(int ExitCode, string Output)> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var call = $"{Path.GetFileName(program)} {string.Join(' ', arguments)}".Replace(this["root"], "", StringComparison.Ordinal);
        Calls.Add(call);
        if (call.StartsWith("sc.exe stop", StringComparison.Ordinal) && !HasStubbornService)
        {
            Service = Service! with { Runs = false };
        }

        return Task.FromResult(Answer(call));
    }

    public RegisteredService? FindService(string name) => name == "SessionRecorder" ? Service : null;

    public void Dispose()
    {
        foreach (var process in _running)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _folder.Delete(recursive: true);
    }
}
