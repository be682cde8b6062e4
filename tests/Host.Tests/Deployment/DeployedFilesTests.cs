using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Tests.Deployment;

/// <summary>deploy/ shows as plain files what install writes.</summary>
/// <remarks>With SESSION_RECORDER_WRITE_DEPLOY=1 the files are written instead, for who changed what install writes.</remarks>
public sealed class DeployedFilesTests
{
    public static TheoryData<string> Files => [.. Generated.Keys];

    private static Dictionary<string, Func<byte[]>> Generated { get; } = Generate();

    [Theory]
    [MemberData(nameof(Files))]
    public void A_plain_file_is_what_the_program_writes(string name)
    {
        var path = Path.Combine(Repository.Folder, "deploy", name);
        var content = Generated[name]();
        if (Environment.GetEnvironmentVariable("SESSION_RECORDER_WRITE_DEPLOY") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }

        Assert.Equal(content, File.ReadAllBytes(path));
    }

    private static Dictionary<string, Func<byte[]>> Generate()
    {
        var (windows, linux) = (MachineLayout.Of(isWindows: true, null), MachineLayout.Of(isWindows: false, null));
        var files = new Dictionary<string, Func<byte[]>>
        {
            ["appstream/windows/config.json"] = () => Scripts(windows),
            ["appstream/linux/config.json"] = () => Scripts(linux),
            [$"service/{SystemdUnit.Name}"] = () => SystemdUnit.ForLayout(linux, watches: false),
        };
        foreach (var platform in (string[])["workspaces", "ec2"])
        {
            files[$"{platform}/linux/{SystemdUnit.Name}"] = () => SystemdUnit.ForLayout(linux, watches: true);
            foreach (var task in ScheduledTask.ForPlatform(platform))
            {
                files[$"{platform}/windows/{task.Name}.xml"] = () => task.ToXml(windows.Pointer);
            }
        }

        return files;
    }

    private static byte[] Scripts(MachineLayout layout)
    {
        var file = SessionScriptsFile.Read(layout.SessionScriptsFile, null, isPascal: !layout.IsWindows);
        foreach (var script in SessionScriptEntry.ForPointer(layout.Pointer))
        {
            file.Put(script);
        }

        return file.ToBytes();
    }
}

/// <summary>The working tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Folder { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Framework.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("the tests run outside of the working tree");
    }
}
