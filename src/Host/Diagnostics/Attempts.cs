using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Runs checks, each within its limit of time, and makes findings of their failures. For one thread.</summary>
internal sealed class Attempts
{
    /// <summary>
    /// Whether a failure was one of the configuration or of something that it names, and not of the machine: what ends other
    /// commands with the same exit code.
    /// </summary>
    public bool IsConfigurationWrong { get; private set; }

    /// <summary>Runs one check.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(
        string subject, Func<CancellationToken, Task<IReadOnlyList<Finding>>> check, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Doctor.Limit);
        try
        {
            // In a thread of its own: a check that blocks or does not look at its token must not hold up the others.
            return await Task.Run(() => check(limit.Token), limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var message = $"no answer within {Duration.Format(Doctor.Limit)}";
            return [new(FindingLevel.Problem, subject, message, "see what it waits for, with --verbose")];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Describe(subject, e);
        }
    }

    /// <summary>The findings that a failure makes.</summary>
    public IReadOnlyList<Finding> Describe(string subject, Exception failure)
    {
        IsConfigurationWrong |= ErrorReport.CodeOf(failure) == ExitCode.Usage;
        return failure switch
        {
            ConfigurationException e => [.. e.Errors.Select(error => new Finding(
                FindingLevel.Problem, "configuration", error.ToString(), "correct it; docs/configuration.md lists every key"))],
            RecorderException e => [new(FindingLevel.Problem, subject, e.Message, e.Remedy ?? "run doctor again with --verbose for more")],
            _ =>
            [
                new(
                    FindingLevel.Problem,
                    subject,
                    $"unexpected failure: {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}",
                    "this is a defect of the plugin: update it, or tell its author"),
            ],
        };
    }
}
