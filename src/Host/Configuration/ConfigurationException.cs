namespace SessionRecorder.Host.Configuration;

/// <summary>The configuration cannot be used. Carries everything that is wrong with it, not only the first error.</summary>
internal sealed class ConfigurationException : RecorderException
{
    public ConfigurationException(IReadOnlyList<ConfigurationError> errors, Exception? innerException = null)
        : base(Summarise(errors), FailureScope.Host, isTransient: false, remedy: null, innerException) => Errors = errors;

    public ConfigurationException(ConfigurationError error)
        : this([error])
    {
    }

    /// <summary>What is wrong; at least one error.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; }

    /// <summary>Throws when there is an error.</summary>
    public static void ThrowIfAny(IReadOnlyList<ConfigurationError> errors)
    {
        if (errors.Count > 0)
        {
            throw new ConfigurationException(errors);
        }
    }

    // Shown line by line on the command line; in one line wherever a message must be one (ledger, log).
    private static string Summarise(IReadOnlyList<ConfigurationError> errors) => errors is [var only]
        ? only.ToString()
        : $"the configuration has {errors.Count} errors: {string.Join("; ", errors)}";
}
