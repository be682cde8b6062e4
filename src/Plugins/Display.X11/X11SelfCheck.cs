using System.Runtime.CompilerServices;

namespace SessionRecorder.Plugins;

/// <summary>Whether the display can be reached and watched.</summary>
/// <param name="session">The session, or null to look at the display of the program's own environment.</param>
/// <param name="time">Measures the server's silence.</param>
internal sealed class X11SelfCheck(UserSession? session, TimeProvider time) : ISelfCheck
{
    public async IAsyncEnumerable<Finding> CheckAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Finding finding;
        try
        {
            var target = DisplayTarget.Of(session?.Environment ?? OwnEnvironment(), session?.User);
            finding = await Task.Run(() => Look(target, cancellationToken), cancellationToken);
        }
        catch (DisplayException e)
        {
            finding = new Finding(FindingLevel.Problem, "X display", e.Message, e.Remedy);
        }

        yield return finding;
    }

    private static Dictionary<string, string> OwnEnvironment() =>
        new() { ["DISPLAY"] = Environment.GetEnvironmentVariable("DISPLAY") ?? "" };

    private Finding Look(DisplayTarget target, CancellationToken cancellationToken)
    {
        using var connection = X11Connection.Open(target, time, cancellationToken);
        var reader = new TopologyReader(connection, TopologyReader.Monitors);
        var topology = reader.Read();
        var subject = $"display {target.Address.Text}";
        var monitors = topology.Monitors.Count switch
        {
            0 => "no active monitor",
            1 => "1 monitor",
            var count => $"{count} monitors",
        };
        var message = $"{topology.Bounds}, {monitors}, RandR {reader.Version}";
        return reader.Version.Major > 0
            ? new Finding(FindingLevel.Ok, subject, message)
            : new Finding(
                FindingLevel.Warning,
                subject,
                $"{topology.Bounds}; the X server has no RandR, so its monitors cannot be told apart",
                "Start the X server with its RANDR extension.");
    }
}
