using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

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

    /// <summary>The numbers of the X displays that answer on this machine, ascending.</summary>
    IReadOnlyList<int> Displays();
}

/// <summary>This machine.</summary>
/// <param name="socketFolder">Where the X servers of this machine have their sockets.</param>
internal sealed class LocalSystem(string socketFolder) : ILocalSystem
{
    /// <summary>Where X servers have their sockets.</summary>
    public const string SocketFolder = "/tmp/.X11-unix";

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

    public IReadOnlyList<int> Displays() => !Directory.Exists(socketFolder)
        ? []
        : [.. Directory.EnumerateFileSystemEntries(socketFolder, "X*")
            .Select(path => (Path: path, Number: NumberOf(Path.GetFileName(path))))
            .Where(socket => socket.Number is not null && Answers(socket.Path))
            .Select(socket => socket.Number!.Value)
            .Order()];

    private static int? NumberOf(string name) =>
        int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A server that was killed leaves its socket behind; that one is no display.</summary>
    private static bool Answers(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            // Another user's display may be closed to us and is one all the same.
            return e.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.AddressNotAvailable);
        }
    }
}
