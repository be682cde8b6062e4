using System.Text.RegularExpressions;

namespace SessionRecorder.Tests;

/// <summary>The tests that are Windows programs themselves (tests/WineAdapters): registry, accounts, desktop, quoting.</summary>
public sealed partial class AdapterTests
{
    [Fact]
    public async Task The_Windows_adapters_pass_their_own_tests()
    {
        await using var display = await VirtualDisplay.StartXvfbAsync();
        await using var machine = await WineMachine.StartAsync(display);

        var result = await machine.RunAsync(WineFolder.Adapters, "-noLogo", "-noColor");

        TestContext.Current.TestOutputHelper?.WriteLine(result.Output);
        Expect.ExitCode(0, result);
        var total = Total().Match(result.Output);
        Assert.True(total.Success && int.Parse(total.Groups[1].ValueSpan) > 50, "it ran its tests");
    }

    [GeneratedRegex(@"Total: ([0-9]+), Errors: 0, Failed: 0,")]
    private static partial Regex Total();
}
