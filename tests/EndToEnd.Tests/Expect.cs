namespace SessionRecorder.Tests;

/// <summary>What every command and every recording owes, said once.</summary>
internal static class Expect
{
    /// <summary>The exit code, with all that was said in the message of a failure.</summary>
    public static void ExitCode(int expected, ToolResult result) =>
        Assert.True(expected == result.ExitCode, $"expected exit code {expected}: {result}");

    /// <summary>One line on stderr that holds all of the words, and no stack trace.</summary>
    public static void OneLineError(ToolResult result, params string[] words)
    {
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 1, $"expected one line on stderr: {result}");
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", result.Error, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, lines[0], StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The session is whole: by the tests' own judges and by the program's verify.</summary>
    public static async Task Whole(Recorder recorder, RecordedSession session, string state = "complete")
    {
        Assert.Equal(state, session.Manifest.State);
        Assert.Empty(await SessionAudit.FindProblemsAsync(session));
        ExitCode(0, await recorder.RunAsync("verify", session.Id, "--storage", "archive"));
    }

    /// <summary>A gap of this cause reaches over the moment, or begins or ends near it.</summary>
    public static ManifestGap GapAt(RecordedSession session, DateTimeOffset moment, string cause)
    {
        var margin = TimeSpan.FromSeconds(1);
        var gap = session.Manifest.Gaps.FirstOrDefault(
            g => g.Cause == cause && g.From < moment + margin && g.To > moment - margin);
        Assert.True(
            gap is not null,
            $"no gap '{cause}' at {moment:HH:mm:ss.fff} in: {string.Join("; ", session.Manifest.Gaps)}");
        return gap;
    }
}
