namespace SessionRecorder.Tests;

/// <summary>For promises in seconds, on a machine that others keep busy.</summary>
internal static class Measured
{
    /// <summary>Runs a whole scenario, and once more when a promise did not hold the first time; says so then.</summary>
    /// <param name="scenario">Takes the attempt's number: 0, then 1.</param>
    public static async Task OnceMore(Func<int, Task> scenario)
    {
        try
        {
            await scenario(0);
        }
        catch (Xunit.Sdk.XunitException first)
        {
            TestContext.Current.AddWarning($"did not hold the first time and was measured once more: {first.Message}");
            Console.Error.WriteLine($"{TestContext.Current.Test?.TestDisplayName}: measured once more, for: {first.Message}");
            await scenario(1);
        }
    }

    /// <summary>Asserts that a measured time keeps a promise; the message tells of the pattern's own delays.</summary>
    public static void AtMost(double promisedSeconds, TimeSpan measured, string what, VirtualDisplay display)
    {
        // Pictures are told to the tick of 100 ms; anything below a tick is rounding.
        if (measured.TotalSeconds > promisedSeconds + 0.001)
        {
            var late = string.Join(", ", display.LateTicks.Select(t => $"{t.From:HH:mm:ss.f} to {t.To:HH:mm:ss.f}"));
            Assert.Fail($"{what}: {measured.TotalSeconds:F2} s, promised {promisedSeconds} s"
                + (late.Length > 0 ? $"; the pattern itself was late: {late}" : ""));
        }
    }
}
