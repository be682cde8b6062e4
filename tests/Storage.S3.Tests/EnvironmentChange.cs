namespace SessionRecorder.Tests;

/// <summary>Sets environment variables of this process; disposing sets them back.</summary>
internal sealed class EnvironmentChange : IDisposable
{
    private readonly Dictionary<string, string?> _before = [];

    public EnvironmentChange(Dictionary<string, string?> variables)
    {
        foreach (var (name, value) in variables)
        {
            _before[name] = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
