using System.Collections;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Configuration;

/// <summary>A recorder.json of a test's own.</summary>
internal sealed class ConfigurationFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("recorder-config-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "recorder.json");

    public RecorderConfiguration Load(
        string json, Dictionary<string, string?>? overrides = null, params (string Name, string Value)[] environment)
    {
        File.WriteAllText(Path, json);
        return ConfigurationLoader.Load(
            Path, overrides ?? [], TrustPolicy.Off, new Hashtable(environment.ToDictionary(e => e.Name, e => e.Value)));
    }

    /// <summary>The errors, with the file's path taken out of them.</summary>
    public IReadOnlyList<string> Errors(
        string json, Dictionary<string, string?>? overrides = null, params (string Name, string Value)[] environment)
    {
        var exception = Assert.Throws<ConfigurationException>(() => Load(json, overrides, environment));
        return [.. exception.Errors.Select(e => e.ToString().Replace(Path, "FILE", StringComparison.Ordinal))];
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
