using System.Text.Json.Serialization;
using SessionRecorder.Host.Service.Channel;
using StreamJsonRpc;

namespace SessionRecorder.Host.Commands;

/// <summary><c>status</c> by somebody who lacks the rights: the service tells whether the caller's own sessions are recorded, and no more.</summary>
internal static class ServiceStatus
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks, and shows the answer.</summary>
    /// <param name="path">Where the service listens.</param>
    /// <param name="context">The command.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>0 when a session of the caller's own is recorded, else 3.</returns>
    /// <exception cref="CommandException">There is no service, or it does not tell.</exception>
    public static async Task<int> RunAsync(string path, CommandContext context, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(path, cancellationToken);
        if (answer.Error is { } error)
        {
            throw new CommandException(ExitCode.Failed, $"the service does not tell: {error}", "try again in a moment");
        }

        context.Output.WriteJson(new OwnStatusOutput(answer.Sessions), OwnStatusJson.Default.OwnStatusOutput);
        foreach (var session in answer.Sessions)
        {
            context.Output.WriteLine($"your session {session.SystemSession} is {(session.IsRecorded ? "recorded" : "not recorded")}");
        }

        if (answer.Sessions.Count == 0)
        {
            context.Output.WriteLine("you have no desktop session on this machine");
        }

        return answer.Sessions.Any(session => session.IsRecorded) ? ExitCode.Done : ExitCode.NothingToActOn;
    }

    private static async Task<OwnSessionsAnswer> AskAsync(string path, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        try
        {
            using var service = await ServiceClient.TryConnectAsync(path, deadline.Token)
                ?? throw ServiceRoute.NotRunning("this user cannot see whether a recording goes on");
            return await service.GetOwnSessionsAsync().WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(ExitCode.Failed, "the service did not answer in time", "try again, or have an administrator see its log");
        }
        catch (Exception e) when (e is ConnectionLostException or IOException)
        {
            throw new CommandException(
                ExitCode.Failed, "the service hung up before it answered", "try again, or have an administrator see its log", e);
        }
    }
}

/// <summary>What <c>status --json</c> prints for somebody without rights.</summary>
/// <param name="Own">The caller's own sessions.</param>
internal sealed record OwnStatusOutput(IReadOnlyList<OwnSession> Own);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(OwnStatusOutput))]
internal sealed partial class OwnStatusJson : JsonSerializerContext;
