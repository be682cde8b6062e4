using System.ComponentModel.DataAnnotations;

namespace SessionRecorder.Host.Policy;

/// <summary>Whose sessions are recorded, and for how long. Described in docs/configuration.md.</summary>
/// <remarks>
/// Patterns hold <c>*</c> (any characters) and <c>?</c> (any one) and match without regard to case. One with a backslash
/// is compared with <c>DOMAIN\name</c>, any other with the name alone.
/// </remarks>
internal sealed class PolicyOptions
{
    /// <summary>Who is recorded, by name.</summary>
    public List<string> Users { get; set; } = [];

    /// <summary>Who is recorded, by membership.</summary>
    public List<string> Groups { get; set; } = [];

    /// <summary>Who is not recorded, by name; counts more than who is.</summary>
    public List<string> ExceptUsers { get; set; } = [];

    /// <summary>Who is not recorded, by membership; counts more than who is.</summary>
    public List<string> ExceptGroups { get; set; } = [];

    /// <summary>On which platforms sessions are recorded; empty for all.</summary>
    public List<string> Platforms { get; set; } = [];

    /// <summary>After how long a recording ends by itself; zero for never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan LongestSession { get; set; } = TimeSpan.Zero;
}
