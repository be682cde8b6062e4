using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A machine as a test wants it.</summary>
internal sealed class FakeSystem : ILocalSystem
{
    public Dictionary<string, string> Variables { get; } = [];

    public HashSet<string> Files { get; } = [];

    /// <summary>The numbers of the displays that the system lists.</summary>
    public int[] Running { get; init; } = [];

    public bool IsWindows { get; init; }

    public string User { get; init; } = "ada";

    public string? Domain => IsWindows ? "CORP" : null;

    public string Host { get; init; } = "desk-1";

    public int WindowsSession { get; init; }

    public string? Variable(string name) => Variables.GetValueOrDefault(name);

    public bool FileExists(string path) => Files.Contains(path);
}
