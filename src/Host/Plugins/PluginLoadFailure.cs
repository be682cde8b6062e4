namespace SessionRecorder.Host.Plugins;

/// <summary>Says in one sentence why the runtime could not load or bind a plugin's code.</summary>
internal static class PluginLoadFailure
{
    /// <summary>Whether an exception tells of code that is missing or does not fit, rather than of what code did.</summary>
    public static bool IsLoadFailure(Exception exception) =>
        exception is FileNotFoundException { FileName: not null }
            or FileLoadException or BadImageFormatException or TypeLoadException or MissingMemberException;

    public static PluginException Describe(PluginManifest plugin, IReadOnlyList<Exception> causes, Exception inner)
    {
        var missing = causes
            .OfType<FileNotFoundException>()
            .Select(e => NameOf(e.FileName))
            .OfType<string>()
            .Distinct()
            .ToArray();
        if (missing.Length > 0)
        {
            return new PluginException(
                plugin.Id,
                PluginFailure.MissingDependency,
                $"the plugin {plugin.Id} needs {string.Join(" and ", missing)}, which its folder {plugin.Folder} lacks",
                "copy the plugin's whole published folder ('dotnet publish' puts its dependencies there)",
                inner);
        }

        var reasons = causes.Select(e => e.Message.ReplaceLineEndings(" ")).Distinct().Take(3);
        return new PluginException(
            plugin.Id,
            PluginFailure.MissingDependency,
            $"the plugin {plugin.Id} {plugin.Version} does not fit this program: {string.Join("; ", reasons)}",
            "install the plugin's version that was made for this version of Session Recorder",
            inner);
    }

    // "Name, Version=1.2.3.0, Culture=neutral, PublicKeyToken=null" or a path.
    private static string? NameOf(string? file)
    {
        if (string.IsNullOrEmpty(file))
        {
            return null;
        }

        var parts = file.Split(", ");
        return parts is [var name, var version, ..] && version.StartsWith("Version=", StringComparison.Ordinal)
            ? $"{name} {version["Version=".Length..]}"
            : Path.GetFileName(file);
    }
}
