using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Plugins;

/// <summary>The options of <c>elevation.psexec</c> (docs/configuration.md).</summary>
internal sealed class PsExecOptions : IValidatableObject
{
    /// <summary>PsExec64.exe's absolute path; required. PsExec may not be redistributed, so the operator brings it.</summary>
    [Required(ErrorMessage = "must be the absolute path of PsExec64.exe")]
    public string Path { get; set; } = "";

    /// <summary>How long PsExec may take to start the agent, 1 s to 5 min; it installs a service first. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Path.Length == 0 || System.IO.Path.IsPathFullyQualified(Path)
            ? []
            : [new ValidationResult("must be an absolute path: nothing is looked up in PATH", [nameof(Path)])];
}
