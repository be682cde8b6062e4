namespace SessionRecorder.Tests.Plugins;

/// <summary>A plugin directory of a test's own, filled with copies of built fixtures. Deleted with the test.</summary>
internal sealed class PluginFolder : IDisposable
{
    private static readonly string Fixtures = System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures");

    public string Path { get; } = Directory.CreateTempSubdirectory("recorder-plugins-").FullName;

    public static string Assembly(string project, string file) => System.IO.Path.Combine(Fixtures, "Assemblies", project, file);

    /// <summary>Copies a fixture into a folder named as the id, and has its plugin.json agree.</summary>
    public string Install(string fixture, string? id = null)
    {
        var source = System.IO.Path.Combine(Fixtures, "Plugins", fixture);
        var fixtureId = fixture.ToLowerInvariant();
        var target = Directory.CreateDirectory(System.IO.Path.Combine(Path, id ?? fixtureId)).FullName;
        foreach (var file in Directory.GetFiles(source))
        {
            File.Copy(file, System.IO.Path.Combine(target, System.IO.Path.GetFileName(file)), overwrite: true);
        }

        EditManifest(target, fixtureId, id ?? fixtureId);
        return target;
    }

    public static void EditManifest(string folder, string from, string to)
    {
        var manifest = System.IO.Path.Combine(folder, "plugin.json");
        var text = File.ReadAllText(manifest);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(manifest, text.Replace(from, to, StringComparison.Ordinal));
    }

    // Windows keeps a loaded assembly's file in use until the process ends.
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (UnauthorizedAccessException) when (OperatingSystem.IsWindows())
        {
            Console.Error.WriteLine($"left behind, in use: {Path}");
        }
    }
}
