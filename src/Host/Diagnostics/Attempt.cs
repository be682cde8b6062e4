using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Diagnostics;

/// <summary>Runs one check within its limit of time, and makes findings of its failures.</summary>
internal static class Attempt
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(
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
        catch (ConfigurationException e)
        {
            return [.. e.Errors.Select(Doctor.Describe)];
        }
        catch (RecorderException e)
        {
            return [new(FindingLevel.Problem, subject, e.Message, e.Remedy ?? "run doctor again with --verbose for more")];
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return
            [
                new(
                    FindingLevel.Problem,
                    subject,
                    $"unexpected failure: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}",
                    "this is a defect of the plugin: update it, or tell its author"),
            ];
        }
    }
}
