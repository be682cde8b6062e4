using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Hosting;

/// <summary>Refuses storage in the spool's own folder: what is delivered there would be deleted with the spool.</summary>
internal static class StoragePlacement
{
    /// <summary>Checks a folder that is stored into.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="key">What names the folder, for the message: an option or a key of the configuration.</param>
    /// <exception cref="ConfigurationException">The folder is the data directory, or lies in it, by whatever links.</exception>
    public static void ThrowIfInside(string folder, string dataDirectory, string key)
    {
        var inner = Resolve(folder);
        var outer = Resolve(dataDirectory);
        if (inner == outer || inner.StartsWith(outer + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new ConfigurationException(new ConfigurationError(
                key, folder, $"must not lie in the data directory {dataDirectory}, where recordings wait to be delivered"));
        }
    }

    /// <summary>Follows the links on the way to a path, as far as it exists.</summary>
    private static string Resolve(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent)
        {
            return full;
        }

        var here = Path.Combine(Resolve(parent), Path.GetFileName(full));
        var target = Directory.Exists(here) ? new DirectoryInfo(here).ResolveLinkTarget(returnFinalTarget: true) : null;
        return target is null ? here : Resolve(target.FullName);
    }
}
