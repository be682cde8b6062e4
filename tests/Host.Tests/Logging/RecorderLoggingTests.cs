using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace SessionRecorder.Tests.Logging;

public sealed partial class RecorderLoggingTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_line_tells_when_how_grave_what_where_and_with_which_values()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 8, 2, 24, 123, TimeSpan.Zero));
        using var loggers = _folder.Loggers(time: time);

        LogClosed(loggers.CreateLogger<RecorderLoggingTests>(), 7, 10.2, "video/7.mp4", true, null);

        // At once, not at the end: an agent may be killed.
        var line = Assert.Single(_folder.Lines);
        Assert.Equal("2026-11-23T08:02:24.123Z", line.GetProperty("at").GetString());
        Assert.Equal("Warning", line.GetProperty("level").GetString());
        Assert.Equal(4711, line.GetProperty("eventId").GetInt32());
        Assert.Equal("Closed", line.GetProperty("event").GetString());
        Assert.Equal("SessionRecorder.Tests.Logging.RecorderLoggingTests", line.GetProperty("source").GetString());
        Assert.Equal("session-1", line.GetProperty("session").GetString());
        Assert.Equal("segment 7 of 10.2 s is video/7.mp4, True (null)", line.GetProperty("message").GetString());
        Assert.Equal("""{"Index":7,"Seconds":10.2,"Key":"video/7.mp4","Whole":true,"Detail":null}""", line.GetProperty("values").GetRawText());
        Assert.False(line.TryGetProperty("exception", out _));
    }

    [Fact]
    public void Less_than_the_level_is_not_written()
    {
        using var loggers = _folder.Loggers(least: LogLevel.Warning);
        var logger = loggers.CreateLogger("any");

        logger.LogInformation("too much");
        logger.LogError("enough");

        Assert.Equal("enough", Assert.Single(_folder.Lines).GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("zoe\n{\"at\":\"2026-11-23T08:02:24.123Z\",\"level\":\"Information\",\"message\":\"forged\"}")]
    [InlineData("zoe\r\u2028\u2029\u0085 forged")]
    [InlineData("\u001b[2J\u001b]0;title\u0007\u009b31m")]
    [InlineData("\"}, \\\" \0 {")]
    [InlineData("\u202eevil\ud800")]
    public void What_a_user_can_choose_can_neither_forge_a_line_nor_steer_a_terminal(string name)
    {
        using var loggers = _folder.Loggers();

        loggers.CreateLogger("any").LogError(new IOException(name), "user {User} says {Other}", name, new[] { name });

        var text = _folder.Text;
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.Single(text, c => c is '\n');
        Assert.All(text.TrimEnd('\n'), c => Assert.InRange(c, ' ', '~'));
        var line = Assert.Single(_folder.Lines);
        Assert.Equal(name.Replace('\ud800', '\ufffd'), line.GetProperty("values").GetProperty("User").GetString());
        Assert.Contains(name.Replace('\ud800', '\ufffd'), line.GetProperty("exception").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_without_end_is_cut()
    {
        using var loggers = _folder.Loggers();

        loggers.CreateLogger("any").LogError("{What}", new string('x', 5_000_000));

        Assert.InRange(_folder.Text.Length, 10_000, 40_000);
        Assert.Single(_folder.Lines);
    }

    [Fact]
    public void Configured_secrets_are_hidden_wherever_a_library_puts_them()
    {
        using var loggers = _folder.Loggers(configuration: new Dictionary<string, string?>
        {
            ["Storage:archive:Options:SecretAccessKey"] = "wJalrXUtnFEMI/K7MDENG",
            ["Storage:archive:Options:ProxyUrl"] = "http://recorder:p%40ssw0rd@proxy.example:3128",
            ["Storage:azure:Options:ConnectionString"] = "AccountName=acc;AccountKey=c2VjcmV0LWFjY291bnQta2V5;SharedAccessSignature=sv=1&sig=aGVsbG8td29ybGQ%3D",
            ["Storage:azure:Options:Region"] = "eu-central-1",
        });
        var failure = new InvalidOperationException(
            "GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAEXAMPLE%2F2026&X-Amz-Signature=5d672d79c15b13162d9279b0855cfba6 failed",
            new IOException("proxy p@ssw0rd and p%40ssw0rd, key c2VjcmV0LWFjY291bnQta2V5"));

        loggers.CreateLogger("any").LogError(
            failure, "{One} in eu-central-1", "wJalrXUtnFEMI/K7MDENG and https://a.blob.core.windows.net/c/b?sv=2026&sig=Zm9yZWlnbg%3D%3D&se=1");

        foreach (var secret in new[] { "wJalrXUtnFEMI", "p%40ssw0rd", "p@ssw0rd", "c2VjcmV0LWFjY291bnQta2V5", "aGVsbG8td29ybGQ", "Zm9yZWlnbg", "AKIAEXAMPLE", "5d672d79c15b" })
        {
            Assert.DoesNotContain(secret, JsonSerializer.Serialize(_folder.Lines, JsonOptions), StringComparison.Ordinal);
        }

        var line = Assert.Single(_folder.Lines);
        Assert.Equal("(hidden) and https://a.blob.core.windows.net/c/b?sv=2026&sig=(hidden)&se=1 in eu-central-1", line.GetProperty("message").GetString());
    }

    private static readonly JsonSerializerOptions JsonOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [LoggerMessage(EventId = 4711, Level = LogLevel.Warning, Message = "segment {Index} of {Seconds} s is {Key}, {Whole} {Detail}")]
    private static partial void LogClosed(ILogger logger, int index, double seconds, string key, bool whole, string? detail);
}
