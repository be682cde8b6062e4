using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace SessionRecorder.Host.Configuration;

/// <summary>Which plugin is used for something, and the options it is given.</summary>
internal class PluginSelection : IValidatableObject
{
    /// <summary>The host chooses.</summary>
    public const string Auto = "auto";

    /// <summary>The plugin's name without its kind: <c>local</c> for storage.local.</summary>
    public string Plugin { get; set; } = "";

    /// <summary>The plugin's own options; the plugin binds and validates them.</summary>
    public IConfiguration Options { get; set; } = new ConfigurationBuilder().Build();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // An empty name is refused by whoever has no default for it.
        if (Plugin.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            yield return new("must be a plugin's name: small letters, digits and hyphens", [nameof(Plugin)]);
        }
    }
}
