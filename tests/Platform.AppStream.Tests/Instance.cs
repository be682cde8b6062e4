using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A Linux instance's folders, owned by whoever runs the tests. Disposing removes them.</summary>
internal sealed class Instance : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("appstream-").FullName;

    public Instance()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "it is a Linux instance");
        Directory.CreateDirectory(ProfileFolder);
    }

    public string ProfileFolder => Path.Combine(_root, "etc/profile.d");

    public string UserFile => Path.Combine(ProfileFolder, "appstream_user_vars.sh");

    public string MachineFile => Path.Combine(ProfileFolder, "appstream_system_vars.sh");

    public string AgentFolder => Path.Combine(_root, "opt/appstream");

    public static uint Owner { get; } = Environment.IsPrivilegedProcess ? 0u : GetOwner();

    public IAppStreamMachine Machine => OperatingSystem.IsLinux() ? new LinuxAppStream(_root, Owner) : throw new PlatformNotSupportedException();

    public void WriteUser(string text) => Write(UserFile, text);

    public void WriteMachine(string text) => Write(MachineFile, text);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        SetMode(path, "644");
    }

    public static void SetMode(string path, string octal)
    {
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(octal, 8));
        }
    }

    private static uint GetOwner()
    {
        using var id = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("id", ["-u"]) { RedirectStandardOutput = true })!;
        return uint.Parse(id.StandardOutput.ReadToEnd());
    }
}
