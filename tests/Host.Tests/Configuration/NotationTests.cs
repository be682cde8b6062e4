using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Tests.Configuration;

public sealed class NotationTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("15s", 15)]
    [InlineData("1m30s", 90)]
    [InlineData("1.5s", 1.5)]
    [InlineData("1h", 3600)]
    [InlineData("1d2h", 93600)]
    [InlineData("00:01:30", 90)]
    [InlineData("00:00:00.25", 0.25)]
    [InlineData("1.00:00:00", 86400)]
    [InlineData(" 2s ", 2)]
    [InlineData("0s", 0)]
    public void A_duration_is_read_as_people_write_it(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("60")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("s")]
    [InlineData("5x")]
    [InlineData("30s1m")]
    [InlineData("1s1s")]
    [InlineData("1:30")]
    [InlineData("00:61:00")]
    [InlineData("99999999999999d")]
    [InlineData("1..5s")]
    public void What_is_no_duration_is_refused(string? text) => Assert.False(Duration.TryParse(text, out _));

    [Theory]
    [InlineData("1m30s")]
    [InlineData("500ms")]
    [InlineData("1d2h3m4s5ms")]
    [InlineData("0s")]
    public void A_duration_is_written_as_it_is_read(string text)
    {
        Assert.True(Duration.TryParse(text, out var duration));
        Assert.Equal(text, Duration.Format(duration));
    }

    [Theory]
    [InlineData("64MB", 64_000_000)]
    [InlineData("64 mb", 64_000_000)]
    [InlineData("512KiB", 524_288)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData("4096", 4096)]
    [InlineData("0", 0)]
    public void A_size_is_read_as_people_write_it(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out var size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lots")]
    [InlineData("-1MB")]
    [InlineData("5XB")]
    [InlineData("99999999999TB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Fact]
    public void A_size_is_written_so_that_people_can_read_it()
    {
        Assert.Equal(("64MB", "1500MB", "0B"), (new ByteSize(64_000_000).ToString(), new ByteSize(1_500_000_000).ToString(), default(ByteSize).ToString()));
    }

    [Theory]
    [InlineData("FramRate", "FrameRate")]
    [InlineData("framerate", "FrameRate")]
    [InlineData("FraemRate", "FrameRate")]
    [InlineData("Colour", null)]
    public void A_misspelt_word_is_recognised(string word, string? meant) =>
        Assert.Equal(meant, Suggestion.For(word, ["Cursor", "FrameRate", "Plugin"]));
}
