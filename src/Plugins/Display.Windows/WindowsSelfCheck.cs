using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Whether the desktop can be seen from here.</summary>
internal sealed class WindowsSelfCheck(IDesktop desktop) : ISelfCheck
{
    private const string Subject = "desktop";

    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await Task.Run(Look, cancellationToken);
    }

    private Finding Look()
    {
        try
        {
            var topology = DesktopTopology.Read(desktop);
            var monitors = topology.Monitors.Count == 1 ? "1 monitor" : $"{topology.Monitors.Count} monitors";
            return new Finding(FindingLevel.Ok, Subject, $"{topology.Bounds}, {monitors}");
        }
        catch (DisplayException e)
        {
            return new Finding(FindingLevel.Problem, Subject, e.Message, e.Remedy);
        }
    }
}
