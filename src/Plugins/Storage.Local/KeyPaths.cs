using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Where below the root folder the object of a key lies. Thread-safe.</summary>
internal sealed class KeyPaths(IOptions<LocalStorageOptions> options)
{
    /// <summary>The root folder; it may be a link itself, for its owner chose it.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Value.Path));

    /// <summary>The path of a key's file, which need not exist.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFailure.Invalid"/>, permanent: the key breaks the rules, or a link lies on the way. A link could
    /// lead out of the root, and whoever made it would choose where recordings go.
    /// </exception>
    public string Resolve(string key)
    {
        StorageKey.ThrowIfInvalid(key);
        var path = Root;
        foreach (var part in key.Split('/'))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new StorageException(
                    $"the key '{key}' leads through the link '{path}', and links below the storage folder are not followed",
                    StorageFailure.Invalid,
                    isTransient: false,
                    key,
                    "Replace the link by a folder, or set the sink's Path to where it leads.");
            }
        }

        return path;
    }

    /// <summary>Checks that the root is not a file; it need not exist.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Invalid"/>, permanent: it is a file.</exception>
    public void ThrowIfRootIsFile()
    {
        if (File.Exists(Root))
        {
            throw new StorageException(
                $"the storage folder '{Root}' is a file",
                StorageFailure.Invalid,
                isTransient: false,
                remedy: "Remove the file, or set the sink's Path to a folder.");
        }
    }
}
