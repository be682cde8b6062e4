using System.Runtime.Versioning;

namespace SessionRecorder.Host.Trust;

/// <summary>Trusts what root alone can write, by owner, mode and POSIX access list.</summary>
/// <remarks>
/// <para>
/// Walks the path as the kernel does, link by link, so that <c>..</c> after a link means what it means to the kernel.
/// </para>
/// <para>
/// A folder that all can write, such as /tmp, is right above a trusted path when it has the sticky bit: in it, what root
/// owns can be renamed and removed by root alone. What is missing in it can be made by anybody, though: see
/// <see cref="IPathTrust.FindFault"/>.
/// </para>
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class LinuxPathTrust : IPathTrust
{
    private const uint Root = 0;

    /// <summary>As many as the kernel follows (path_resolution(7)).</summary>
    private const int MostLinks = 40;

    public PathFault? FindFault(string path)
    {
        if (!path.StartsWith('/'))
        {
            throw new ArgumentException($"'{path}' is not an absolute path.", nameof(path));
        }

        var (current, links) = ("/", 0);
        var rest = new Stack<string>();
        Push(rest, path);
        var fault = FindFaultAt("/", isLast: rest.Count == 0);
        while (fault is null && rest.TryPop(out var name))
        {
            if (name == "..")
            {
                // A folder that was looked at on the way down.
                current = Path.GetDirectoryName(current) ?? "/";
                fault = rest.Count == 0 ? FindFaultAt(current, isLast: true) : null;
                continue;
            }

            var next = Path.Combine(current, name);
            if (LinuxFile.Look(next) is not { } file)
            {
                return null;
            }

            fault = FindFault(next, file, isLast: rest.Count == 0);
            if (!file.IsLink)
            {
                current = next;
            }
            else if (fault is null)
            {
                if (++links > MostLinks)
                {
                    return new PathFault(next, "is one of too many links that follow each other", $"rm {Quote(next)}");
                }

                var target = new FileInfo(next).LinkTarget ?? throw new IOException($"the link {next} could not be read");
                current = target.StartsWith('/') ? "/" : current;
                Push(rest, target);

                // A link to the root folder, or to the folder that it lies in, leads to what stands in `current`.
                fault = rest.Count == 0 ? FindFaultAt(current, isLast: true) : null;
            }
        }

        return fault;
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse().Where(name => name != "."))
        {
            rest.Push(name);
        }
    }

    private static PathFault? FindFaultAt(string path, bool isLast) =>
        LinuxFile.Look(path) is { } file ? FindFault(path, file, isLast) : null;

    private static PathFault? FindFault(string path, LinuxFile file, bool isLast)
    {
        if (file.Owner != Root)
        {
            var chown = file.IsLink ? $"chown -h root:root {Quote(path)}" : OwnAndClose(path);
            return new PathFault(path, $"is owned by user {file.Owner}", chown);
        }

        if (file.IsLink || (file.IsDirectory && file.IsSticky && !isLast))
        {
            // A link has no permissions of its own; who may replace it is its folder's matter.
            return null;
        }

        if ((file.Mode & LinuxFile.OtherWrite) != 0)
        {
            return new PathFault(path, "can be written by every user", OwnAndClose(path));
        }

        return (file.Mode & LinuxFile.GroupWrite) == 0 ? null : PosixAcl.FindWriter(path) switch
        {
            null => new PathFault(path, "can be written by its group", OwnAndClose(path)),
            "" => null,
            var writer => new PathFault(
                path, $"has an ACL that lets {writer} write", $"setfacl -b {Quote(path)} && {OwnAndClose(path)}"),
        };
    }

    private static string OwnAndClose(string path) => $"chown root:root {Quote(path)} && chmod go-w {Quote(path)}";

    private static string Quote(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || "/._-+:@".Contains(c, StringComparison.Ordinal)) ? path
        : $"'{path.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
