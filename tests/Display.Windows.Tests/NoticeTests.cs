using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class NoticeTests
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(30, 30)]
    [InlineData(30.2, 31)]
    public async Task A_notice_is_a_message_box_that_always_goes_by_itself(double timeout, int seconds)
    {
        var windows = new FakeWindows();
        var how = await new WindowsNotice(windows).ShowAsync(
            new UserNotice("One\ntwo", NoticeKind.Notification, TimeSpan.FromSeconds(timeout)), Cancellation);

        Assert.Equal("message-box", how);
        Assert.Equal(("Session Recorder", "One\r\ntwo", seconds), Assert.Single(windows.Sent));
    }

    [Fact]
    public async Task A_refusal_is_told()
    {
        var windows = new FakeWindows { Failure = new DisplayException("refused", FailureScope.Session, isTransient: true) };
        await Assert.ThrowsAsync<DisplayException>(() => new WindowsNotice(windows).ShowAsync(
            new UserNotice("x", NoticeKind.MessageBox, TimeSpan.FromSeconds(1)), Cancellation));
    }

    private sealed class FakeWindows : ISessionMessage
    {
        public List<(string Title, string Text, int Seconds)> Sent { get; } = [];

        public Exception? Failure { get; init; }

        public void Send(string title, string text, int seconds)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            Sent.Add((title, text, seconds));
        }
    }
}
