using SessionRecorder.Host.Control;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Hosting;

/// <summary>Finds the agents that record on this machine.</summary>
internal sealed class RunningAgents(RecorderHost host)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The sessions that some process holds, with who is recorded.</summary>
    public IEnumerable<SessionDocument> Held()
    {
        foreach (var id in host.Spool.ListIds().Where(host.Spool.IsHeld))
        {
            if (host.Spool.ReadDocument(id) is { } document)
            {
                yield return document;
            }
        }
    }

    /// <summary>The sessions whose agent answers, with what it says.</summary>
    public async Task<IReadOnlyList<AgentStatus>> AskAllAsync(CancellationToken cancellationToken)
    {
        var found = new List<AgentStatus>();
        foreach (var document in Held())
        {
            if (await AskAsync(document.SessionId, cancellationToken) is { } status)
            {
                found.Add(status);
            }
        }

        return found;
    }

    /// <summary>The sessions that have an agent, whether it answers or hangs; not those that are merely being recovered.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var document in Held())
        {
            using var channel = await ControlChannel.TryConnectAsync(host.ControlPathOf(document.SessionId), cancellationToken);
            if (channel is not null)
            {
                found.Add(document.SessionId);
            }
        }

        return found;
    }

    /// <summary>What a session's agent is doing; null when none answers.</summary>
    public async Task<AgentStatus?> AskAsync(string sessionId, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(AnswerTimeout);
        try
        {
            using var channel = await ControlChannel.TryConnectAsync(host.ControlPathOf(sessionId), limited.Token);
            return channel is null ? null : await channel.GetStatusAsync().WaitAsync(limited.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StreamJsonRpc.ConnectionLostException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}
