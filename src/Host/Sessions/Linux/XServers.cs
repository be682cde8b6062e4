using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Finds the X servers of this machine by their sockets. Thread-safe; nothing here waits for a server.</summary>
/// <remarks>
/// Everybody may put sockets into that folder. So only what listens counts, links do not, and whose server it is, the
/// kernel says (SO_PEERCRED): a user can add displays of their own, and nobody else's.
/// </remarks>
/// <param name="folder">Where the sockets are.</param>
[SupportedOSPlatform("linux")]
internal sealed class XServers(string folder)
{
    /// <summary>Where X servers have their sockets.</summary>
    public const string SocketFolder = "/tmp/.X11-unix";

    /// <summary>How many displays of one user are looked at, so that a folder full of sockets costs little.</summary>
    private const int MostOfOneUser = 16;

    private const int HighestNumber = 59535;
    private const uint Root = 0;
    private const uint TypeMask = 0xF000;
    private const uint SocketType = 0xC000;
    private const int LongestCommandLine = 64 * 1024;

    // asm-generic/socket.h; struct ucred { pid_t pid; uid_t uid; gid_t gid; } (unix(7)).
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private const int CredentialsLength = 12;

    /// <summary>The servers that answer, by number.</summary>
    /// <exception cref="PlatformException">The folder cannot be read, or a server of root is too busy to be asked.</exception>
    public IReadOnlyList<XServer> Find()
    {
        try
        {
            return !Directory.Exists(folder) ? [] :
            [
                .. Directory.EnumerateFileSystemEntries(folder, "X*")
                    .Select(path => (Path: path, Number: NumberOf(Path.GetFileName(path)), File: LinuxFile.Look(path)))
                    .Where(socket => socket.Number is not null && socket.File is { } file && (file.Mode & TypeMask) == SocketType)
                    .OrderBy(socket => socket.Number)
                    .GroupBy(socket => socket.File!.Value.Owner)
                    .SelectMany(sockets => sockets.Key == Root ? sockets : sockets.Take(MostOfOneUser))
                    .Select(socket => Ask(socket.Path, socket.Number!.Value, socket.File!.Value.Owner))
                    .OfType<XServer>()
                    .Where(server => !server.IsOfOtherDisplay)
                    .OrderBy(server => server.Number),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(
                $"the X servers' sockets in {folder} cannot be read: {e.Message}", FailureScope.Host, isTransient: true, innerException: e);
        }
    }

    /// <summary>As servers write it: without a sign, a leading zero or anything behind it.</summary>
    private static int? NumberOf(string name) =>
        int.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= HighestNumber && name == $"X{number.ToString(CultureInfo.InvariantCulture)}"
            ? number : null;

    private static XServer? Ask(string path, int number, uint fileOwner)
    {
        using var socket = new Socket(AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            // Its queue is full. A user who stops their own server cannot hide their session by that.
            return fileOwner != Root ? new XServer(number, fileOwner, []) : throw new PlatformException(
                $"the X server at {path} takes no connection", FailureScope.Session, isTransient: true, innerException: e);
        }
        catch (SocketException)
        {
            // A server that was killed leaves its socket behind, and anybody can put one there: nobody listens.
            return null;
        }

        Span<byte> credentials = stackalloc byte[CredentialsLength];
        if (socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) < CredentialsLength)
        {
            return null;
        }

        var (process, owner) = (MemoryMarshal.Read<int>(credentials), MemoryMarshal.Read<uint>(credentials[4..]));
        return new XServer(number, owner, ArgumentsOf(process, owner));
    }

    /// <summary>The command line, as long as the process is that user's: its id may be somebody else's by now.</summary>
    private static IReadOnlyList<string> ArgumentsOf(int process, uint owner)
    {
        var folder = $"/proc/{process.ToString(CultureInfo.InvariantCulture)}";
        try
        {
            if (LinuxFile.Look(folder)?.Owner != owner)
            {
                return [];
            }

            using var file = File.OpenRead($"{folder}/cmdline");
            var bytes = new byte[LongestCommandLine];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, length).Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or hides itself from this user.
            return [];
        }
    }
}
