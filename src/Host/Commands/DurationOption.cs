using System.CommandLine;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Commands;

/// <summary>Makes options for durations, in the notation of the configuration.</summary>
internal static class DurationOption
{
    /// <summary>Makes an option. Anything else than a duration within the limits is a usage error that says what is allowed.</summary>
    /// <param name="name">The option: <c>--timeout</c>.</param>
    /// <param name="description">What it is for, for the help.</param>
    /// <param name="minimum">The shortest allowed; more than zero.</param>
    /// <param name="maximum">The longest allowed.</param>
    /// <param name="defaultValue">What the help calls the default; the command takes it where the option's value is null.</param>
    public static Option<TimeSpan?> Create(
        string name, string description, TimeSpan minimum, TimeSpan maximum, TimeSpan? defaultValue = null)
    {
        var option = new Option<TimeSpan?>(name)
        {
            // In words: from a DefaultValueFactory, the help would write it as 00:00:50.
            Description = defaultValue is { } value ? $"{description} [default: {Duration.Format(value)}]" : description,
            HelpName = "DURATION",
            CustomParser = result =>
            {
                var text = result.Tokens is [var token] ? token.Value : "";
                if (Duration.TryParse(text, out var duration) && duration >= minimum && duration <= maximum)
                {
                    return duration;
                }

                result.AddError(
                    $"{name} '{text}' must be {Duration.Notation}, from {Duration.Format(minimum)} to {Duration.Format(maximum)}");
                return null;
            },
        };
        return option;
    }
}
