namespace SessionRecorder.Tests;

/// <summary>For promises in seconds, on a machine that others keep busy.</summary>
internal static class Measured
{
    /// <summary>Runs a whole scenario, and once more when a promise did not hold the first time; says so then.</summary>
    public static async Task OnceMore(Func<Task> scenario)
    {
        try
        {
            await scenario();
        }
        catch (Xunit.Sdk.XunitException first)
        {
            TestContext.Current.AddWarning($"did not hold the first time and was measured once more: {first.Message}");
            Console.Error.WriteLine($"{TestContext.Current.Test?.TestDisplayName}: measured once more, for: {first.Message}");
            await scenario();
        }
    }

    /// <summary>The time pattern's own delays within the steps, for the message of a failure.</summary>
    public static string Blame(VirtualDisplay display) =>
        display.LateTicks is { Count: > 0 } late
            ? $"; the pattern itself was late: {string.Join(", ", late.Select(t => $"{t.From:HH:mm:ss.f} to {t.To:HH:mm:ss.f}"))}"
            : "";
}
