using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace SessionRecorder.Host.Trust;

/// <summary>Trusts what LocalSystem and administrators alone can change, by owner and access list.</summary>
/// <remarks>
/// On Windows <c>..</c> is resolved before anything else. Links and junctions are looked at, and then what they lead to.
/// </remarks>
[SupportedOSPlatform("windows")]
internal sealed class WindowsPathTrust : IPathTrust
{
    private const int MostLinks = 40;

    private readonly string? _self = OwnSid();

    public PathFault? FindFault(string path) => FindFault(Path.GetFullPath(path), MostLinks);

    private PathFault? FindFault(string path, int linksLeft)
    {
        var root = Path.GetPathRoot(path)!;
        var current = root;
        var names = path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        var fault = Judge(new DirectoryInfo(root), isLast: names.Length == 0);
        for (var i = 0; fault is null && i < names.Length; i++)
        {
            current = Path.Combine(current, names[i]);
            FileSystemInfo item = Directory.Exists(current) ? new DirectoryInfo(current) : new FileInfo(current);
            if (!item.Exists && item.LinkTarget is null)
            {
                return null;
            }

            fault = Judge(item, isLast: i == names.Length - 1);
            if (fault is null && item.LinkTarget is { } target)
            {
                var rest = Path.Combine([Path.Combine(Path.GetDirectoryName(current)!, target), .. names[(i + 1)..]]);
                return linksLeft == 0
                    ? new PathFault(current, "is one of too many links that follow each other", $"del \"{current}\"")
                    : FindFault(Path.GetFullPath(rest), linksLeft - 1);
            }
        }

        return fault;
    }

    private PathFault? Judge(FileSystemInfo item, bool isLast)
    {
        const AccessControlSections Sections = AccessControlSections.Owner | AccessControlSections.Access;
        FileSystemSecurity security = item is DirectoryInfo folder
            ? folder.GetAccessControl(Sections)
            : ((FileInfo)item).GetAccessControl(Sections);
        var list = new RawSecurityDescriptor(security.GetSecurityDescriptorBinaryForm(), 0);
        var entries = list.DiscretionaryAcl?.OfType<QualifiedAce>().Select(entry => new WindowsAccessEntry(
            entry.SecurityIdentifier.Value,
            unchecked((uint)entry.AccessMask),
            entry.AceQualifier == AceQualifier.AccessAllowed,
            entry.AceFlags.HasFlag(AceFlags.InheritOnly))).ToArray();
        var problem = WindowsAccess.FindProblem(list.Owner?.Value, entries, _self, isLast);
        var inherited = item is DirectoryInfo ? "(OI)(CI)" : "";
        return problem is null ? null : new PathFault(
            item.FullName,
            problem,
            $"icacls \"{item.FullName}\" /setowner *S-1-5-32-544 && "
                + $"icacls \"{item.FullName}\" /inheritance:r /grant:r *S-1-5-18:{inherited}F *S-1-5-32-544:{inherited}F");
    }

    private static string? OwnSid()
    {
        using var self = WindowsIdentity.GetCurrent();
        return self.User?.Value;
    }
}
