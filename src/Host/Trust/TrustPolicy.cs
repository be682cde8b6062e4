namespace SessionRecorder.Host.Trust;

/// <summary>Refuses what others can change, where this process has rights that others lack. Immutable, thread-safe.</summary>
internal sealed class TrustPolicy
{
    /// <summary>How deep folders are looked into; a program or a plugin is nowhere near it.</summary>
    private const int DeepestFolder = 32;

    private readonly IPathTrust? _paths;

    /// <summary>A policy that asks for the trust of every path.</summary>
    public TrustPolicy(IPathTrust paths) => _paths = paths;

    private TrustPolicy()
    {
    }

    /// <summary>Refuses nothing: for a user who records with no more rights than his own.</summary>
    public static TrustPolicy Off { get; } = new();

    /// <summary>Whether anything is refused.</summary>
    public bool IsEnforced => _paths is not null;

    /// <summary>The policy that this process's rights ask for: root, LocalSystem and administrators refuse.</summary>
    public static TrustPolicy OfThisProcess()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return Off;
        }

        return OperatingSystem.IsWindows() ? new TrustPolicy(new WindowsPathTrust())
            : OperatingSystem.IsLinux() ? new TrustPolicy(new LinuxPathTrust())
            : Off;
    }

    /// <summary>Refuses a path that others can change.</summary>
    /// <param name="what">What it is: <c>the configuration file</c>.</param>
    /// <param name="path">An absolute path; what does not exist is not refused.</param>
    /// <exception cref="TrustException">Others can change it, something above it, or what a link on the way leads to.</exception>
    public void Require(string what, string path)
    {
        if (FindFault(path) is { } fault)
        {
            throw new TrustException(
                $"{what} {path} is refused, because this process has administrator rights and {fault.Path} {fault.Problem}",
                fault.Path,
                $"`{fault.Cure}`, or use a place that administrators alone can write");
        }
    }

    /// <summary>Refuses a folder if others can change it or anything in it.</summary>
    /// <inheritdoc cref="Require"/>
    public void RequireTree(string what, string path)
    {
        if (_paths is not null)
        {
            Require(what, path);
            RequireContent(what, path, DeepestFolder);
        }
    }

    private PathFault? FindFault(string path)
    {
        if (_paths is null)
        {
            return null;
        }

        // The system resolves `..` after links, and .NET before: both ways must be right.
        var plain = Path.GetFullPath(path);
        return _paths.FindFault(path) ?? (plain == path ? null : _paths.FindFault(plain));
    }

    private void RequireContent(string what, string folder, int depth)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(folder))
        {
            Require($"in {what}, the entry", entry);
            if (depth > 0)
            {
                RequireContent(what, entry, depth - 1);
            }
        }
    }
}
