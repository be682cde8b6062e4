using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Plugins;

/// <summary>The options of the platform <c>local</c>. All are optional, and used on Linux only.</summary>
internal sealed class LocalPlatformOptions
{
    /// <summary>
    /// The X display to record, <c>[host]:number[.screen]</c>. Default: the environment's <c>DISPLAY</c>, or else the
    /// only display of this machine.
    /// </summary>
    [RegularExpression(XDisplay.Pattern, ErrorMessage = "must be an X display: [host]:number[.screen], such as ':0'")]
    public string? Display { get; set; }

    /// <summary>
    /// The Xauthority file with the key to the display, an absolute path. Default: the environment's
    /// <c>XAUTHORITY</c>, or else <c>.Xauthority</c> in the home folder if it exists.
    /// </summary>
    [RegularExpression("^/.+$", ErrorMessage = "must be the absolute path of an Xauthority file")]
    public string? XAuthority { get; set; }
}
