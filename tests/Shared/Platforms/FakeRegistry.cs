using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A registry as a test wants it: full paths with <c>HKLM\</c> or <c>HKU\</c>.</summary>
internal sealed class FakeRegistry : IMachineRegistry
{
    public Dictionary<string, string> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    public HashSet<string> Keys { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, string> Sids { get; } = [];

    /// <summary>Every value that was asked for.</summary>
    public List<string> Asked { get; } = [];

    public string? ReadMachine(string key, string name) => Read($@"HKLM\{key}\{name}");

    public string? ReadUser(string sid, string key, string name) => Read($@"HKU\{sid}\{key}\{name}");

    public bool HasMachineKey(string key) => Keys.Contains(key);

    public string? FindSid(string account) => Sids.GetValueOrDefault(account);

    private string? Read(string path)
    {
        Asked.Add(path);
        return Values.GetValueOrDefault(path);
    }
}
