using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class LocalSystemTests
{
    [Fact]
    public void An_empty_variable_counts_as_none()
    {
        Environment.SetEnvironmentVariable("LOCAL_SYSTEM_TEST", "");
        Assert.Null(new LocalSystem().Variable("LOCAL_SYSTEM_TEST"));
    }
}
