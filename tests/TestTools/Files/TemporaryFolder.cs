namespace SessionRecorder.TestTools.Files;

/// <summary>A folder of a test's own. Disposing deletes it with all that is in it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => FullName = Directory.CreateTempSubdirectory("recorder-test-").FullName;

    /// <summary>A folder in a folder that is there.</summary>
    public TemporaryFolder(string parent) =>
        FullName = Directory.CreateDirectory(Path.Combine(parent, $"recorder-test-{Guid.NewGuid():N}")).FullName;

    public string FullName { get; }

    /// <summary>A path in it.</summary>
    public string this[string name] => Path.Combine(FullName, name);

    public void Dispose() => Directory.Delete(FullName, recursive: true);

    public override string ToString() => FullName;
}
