using SessionRecorder.Host.Diagnostics;

namespace SessionRecorder.Tests.Diagnostics;

public sealed class MachineCheckTests
{
    [Theory]
    [InlineData(true, FindingLevel.Ok)]
    [InlineData(false, FindingLevel.Warning)]
    [InlineData(null, FindingLevel.Ok)]
    public void A_clock_that_nothing_keeps_right_is_a_warning(bool? isSynchronised, FindingLevel expected)
    {
        var finding = MachineCheck.CheckClock(DateTimeOffset.UtcNow, isSynchronised);

        Assert.Equal(expected, finding.Level);
        Assert.Equal(expected != FindingLevel.Ok, finding.Remedy is not null);
    }

    [Fact]
    public void A_clock_from_before_the_program_was_made_is_a_problem() =>
        Assert.Equal(FindingLevel.Problem, MachineCheck.CheckClock(DateTimeOffset.UnixEpoch, true).Level);
}
