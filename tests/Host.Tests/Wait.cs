namespace SessionRecorder.Tests;

/// <summary>Waits for what comes about by itself.</summary>
internal static class Wait
{
    /// <summary>Returns when a condition holds; fails the test when it does not come about.</summary>
    /// <param name="patience">How long to wait for it.</param>
    /// <param name="condition">Looked at every few milliseconds.</param>
    /// <param name="what">What is waited for, for the failure.</param>
    public static async Task UntilAsync(TimeSpan patience, Func<bool> condition, string? what = null)
    {
        for (var end = DateTime.UtcNow + patience; !condition();)
        {
            Assert.True(DateTime.UtcNow < end, $"it did not come about in time{(what is null ? "" : $": {what}")}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
