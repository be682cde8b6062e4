using SessionRecorder.Host.Processes.Windows;

namespace SessionRecorder.Tests.Processes;

public sealed class CommandLineTextTests
{
    /// <summary>The cases of the Microsoft C runtime's documentation, written the other way round, and what breaks naive quoting.</summary>
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData(@"C:\folder\", @"C:\folder\")]
    [InlineData(@"C:\a folder\", @"""C:\a folder\\""")]
    [InlineData("say \"hi\"", "\"say \\\"hi\\\"\"")]
    [InlineData(@"a\""b", @"""a\\\""b""")]
    [InlineData(@"a\\b", @"a\\b")]
    [InlineData("tab\there", "\"tab\there\"")]
    public void An_argument_is_quoted_so_that_the_program_gets_exactly_it(string argument, string expected)
    {
        Assert.Equal($"\"C:\\Program Files\\x.exe\" {expected}", CommandLineText.Of(@"C:\Program Files\x.exe", [argument]));
    }
}
