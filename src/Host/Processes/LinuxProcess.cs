using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Processes;

/// <summary>A process that cannot be taken for a later one of the same number.</summary>
/// <param name="Id">Its number.</param>
/// <param name="StartTicks">When it began, in hundredths of a second since the machine's start.</param>
[SupportedOSPlatform("linux")]
internal readonly record struct LinuxProcess(int Id, ulong StartTicks)
{
    private const ulong MillisecondsOfTick = 10;
    private const int LongestCommandLine = 64 * 1024;

    /// <summary>When it began, after the machine's start.</summary>
    public TimeSpan SinceBoot => TimeSpan.FromMilliseconds(StartTicks * MillisecondsOfTick);

    private string Folder => FolderOf(Id);

    /// <summary>Whether it still runs.</summary>
    public bool IsAlive => Find(Id) == this;

    /// <summary>The process of a number; null where it has ended, or is not of this process's namespace.</summary>
    public static LinuxProcess? Find(int id)
    {
        try
        {
            // proc(5): the second field is the name in parentheses and may hold anything; the start is field 22. A zombie has ended.
            var stat = id > 0 ? File.ReadAllText($"{FolderOf(id)}/stat") : "";
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 19 && fields[0] is not ("Z" or "X")
                ? new LinuxProcess(id, ulong.Parse(fields[19], CultureInfo.InvariantCulture))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The command line, as long as the process is that user's; empty otherwise.</summary>
    public IReadOnlyList<string> ArgumentsOf(uint owner)
    {
        try
        {
            if (LinuxFile.Look(Folder)?.Owner != owner)
            {
                return [];
            }

            using var file = File.OpenRead($"{Folder}/cmdline");
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

    /// <summary>Whether it finds the same folder at a path as this process does: containers share a network and not their files.</summary>
    public bool Sees(string folder)
    {
        try
        {
            // Where the folder is missing, the one above it tells.
            var path = Directory.Exists(folder) ? folder : Path.GetDirectoryName(folder)!;
            return LinuxFile.Look(path) is { } own && LinuxFile.Look($"{Folder}/root{path}") is { } theirs
                && (own.Inode, own.Device) == (theirs.Inode, theirs.Device);
        }
        catch (IOException)
        {
            // It has ended meanwhile, or this user may not look.
            return false;
        }
    }

    /// <summary>Whether it has one of these sockets open; true where this user may not look.</summary>
    public bool HoldsAnyOf(IReadOnlySet<string> sockets)
    {
        try
        {
            return sockets.Count > 0 && new DirectoryInfo($"{Folder}/fd").EnumerateFileSystemInfos()
                .Any(descriptor => descriptor.LinkTarget is { } target && sockets.Contains(target));
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    /// <summary>Whether it runs within a session of logind's, which no user can move it into (systemd.scope(5)).</summary>
    public bool IsOfLogin(string login)
    {
        try
        {
            return File.ReadLines($"{Folder}/cgroup").Any(line => line.Split('/').Contains($"session-{login}.scope"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string FolderOf(int id) => $"/proc/{id.ToString(CultureInfo.InvariantCulture)}";
}
