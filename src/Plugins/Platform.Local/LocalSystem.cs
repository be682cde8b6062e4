using System.Diagnostics;

namespace SessionRecorder.Plugins;

/// <summary>What the platform asks of the machine that it runs on.</summary>
internal interface ILocalSystem
{
    bool IsWindows { get; }

    string User { get; }

    /// <summary>The user's domain or machine; null where users have none.</summary>
    string? Domain { get; }

    string Host { get; }

    /// <summary>The Windows session of this process.</summary>
    int WindowsSession { get; }

    /// <summary>A variable of this process's environment; null when it is not set or empty.</summary>
    string? Variable(string name);

    bool FileExists(string path);
}

/// <summary>This machine.</summary>
internal sealed class LocalSystem : ILocalSystem
{
    public bool IsWindows => OperatingSystem.IsWindows();

    public string User => Environment.UserName;

    public string? Domain => IsWindows ? Environment.UserDomainName : null;

    public string Host => Environment.MachineName;

    public int WindowsSession
    {
        get
        {
            using var self = Process.GetCurrentProcess();
            return self.SessionId;
        }
    }

    public string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    public bool FileExists(string path) => File.Exists(path);
}
