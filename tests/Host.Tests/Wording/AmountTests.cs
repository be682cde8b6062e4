using SessionRecorder.Host.Wording;

namespace SessionRecorder.Tests.Wording;

public sealed class AmountTests
{
    [Theory]
    [InlineData(0, "0 segments")]
    [InlineData(1, "1 segment")]
    [InlineData(2, "2 segments")]
    public void One_is_told_in_the_singular_and_any_other_number_in_the_plural(int count, string text) =>
        Assert.Equal(text, Amount.Count(count, "segment"));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1 kB")]
    [InlineData(41_449, "41.4 kB")]
    [InlineData(999_949, "999.9 kB")]
    [InlineData(999_950, "1 MB")]
    [InlineData(64_000_000, "64 MB")]
    [InlineData(1_449_000_000, "1.4 GB")]
    [InlineData(2_000_000_000_000, "2 TB")]
    [InlineData(long.MaxValue, "9223372 TB")]
    public void A_size_is_told_in_the_unit_that_leaves_it_readable_and_never_as_zero(long bytes, string text) =>
        Assert.Equal(text, Amount.Size(bytes));
}
