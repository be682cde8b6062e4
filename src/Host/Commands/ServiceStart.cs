using SessionRecorder.Host.Service.Channel;
using StreamJsonRpc;

namespace SessionRecorder.Host.Commands;

/// <summary><c>start</c> by somebody who lacks the rights: the service is asked to record the caller's own session.</summary>
internal static class ServiceStart
{
    /// <summary>Asks, and waits for the first frame.</summary>
    /// <param name="path">Where the service listens.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="cancellationToken">Ends the wait; what the service began goes on.</param>
    /// <returns>The session that is recorded.</returns>
    /// <exception cref="CommandException">It is not recorded, or there is no service.</exception>
    public static async Task<RecordAnswer> RunAsync(string path, RecordRequest request, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(request.TimeoutSeconds));
        try
        {
            using var service = await ServiceClient.TryConnectAsync(path, deadline.Token) 
                ?? throw ServiceRoute.NotRunning("this user cannot record");
            var answer = await service.RecordAsync(request).WaitAsync(deadline.Token);
            return answer.Recording || answer.NotRecorded is not null ? answer : throw new CommandException(
                answer.ExitCode, answer.SessionId is null ? answer.Error! : $"session {answer.SessionId}: {answer.Error}", answer.Remedy);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                ExitCode.Failed, "the service did not answer in time", "give a longer --timeout, or have an administrator see its log");
        }
        catch (Exception e) when (e is ConnectionLostException or IOException)
        {
            throw new CommandException(
                ExitCode.Failed, "the service hung up before it answered", "try again, or have an administrator see its log", e);
        }
    }

    /// <summary>What this process takes for its session: on Windows the system tells the service by itself.</summary>
    public static string? OwnSession()
    {
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("DISPLAY") is not { Length: > 0 } display)
        {
            return null;
        }

        // A screen of the display is no session of its own: ':0.0' is ':0'.
        var colon = display.LastIndexOf(':');
        var dot = display.IndexOf('.', Math.Max(colon, 0));
        return dot < 0 ? display : display[..dot];
    }
}
