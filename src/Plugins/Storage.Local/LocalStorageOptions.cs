using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Plugins;

/// <summary>The options of the sink that stores into a folder.</summary>
internal sealed class LocalStorageOptions
{
    /// <summary>
    /// The folder, an absolute path; required. Created, for its owner alone, when it does not exist. Links below it are
    /// not followed.
    /// </summary>
    [Required(ErrorMessage = "must be the absolute path of a folder")]
    [AbsolutePath]
    public string Path { get; set; } = "";
}

/// <summary>The value is an absolute path on this system.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AbsolutePathAttribute() : ValidationAttribute("must be the absolute path of a folder")
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is null or "" || (value is string path && System.IO.Path.IsPathFullyQualified(path) && !path.Contains('\0'));
}
