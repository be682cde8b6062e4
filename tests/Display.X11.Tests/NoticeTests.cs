using System.Diagnostics;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class NoticeTests
{
    private const int Width = 1280;
    private const int Height = 720;
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(NoticeKind.Notification, 900, 0, 1280, 150)]
    [InlineData(NoticeKind.MessageBox, 300, 200, 980, 520)]
    public async Task A_notice_is_on_the_screen_when_that_is_said_and_where_it_belongs(NoticeKind kind, int left, int top, int right, int bottom)
    {
        await using var server = await XServer.StartXvfbAsync();
        using var notice = new X11Notice(server.Session(), TimeProvider.System);
        Assert.Equal(0, Bright(await LookAsync(server), 0, 0, Width, Height));

        Assert.Equal("window", await notice.ShowAsync(new UserNotice("You are recorded.", kind, Long), Cancellation));

        var picture = await LookAsync(server);
        var all = Bright(picture, 0, 0, Width, Height);
        Assert.InRange(all, 2000, 200_000);
        Assert.Equal(all, Bright(picture, left, top, right, bottom));
    }

    [Fact]
    public async Task Two_texts_look_different()
    {
        await using var server = await XServer.StartXvfbAsync();
        var one = await ShowAndLookAsync(server, "You are recorded: A");
        var other = await ShowAndLookAsync(server, "You are recorded: B");
        var again = await ShowAndLookAsync(server, "You are recorded: A");

        Assert.NotEqual(one, other);
        Assert.Equal(one, again);
    }

    [Fact]
    public async Task A_notice_goes_by_itself()
    {
        await using var server = await XServer.StartXvfbAsync();
        using var notice = new X11Notice(server.Session(), TimeProvider.System);
        await notice.ShowAsync(new UserNotice("Soon gone", NoticeKind.MessageBox, TimeSpan.FromSeconds(2)), Cancellation);
        Assert.NotEqual(0, Bright(await LookAsync(server), 0, 0, Width, Height));

        await UntilBlackAsync(server);
    }

    [Fact]
    public async Task A_click_closes_a_notice()
    {
        await using var server = await XServer.StartXvfbAsync();
        using var notice = new X11Notice(server.Session(), TimeProvider.System);
        await notice.ShowAsync(new UserNotice("Click me", NoticeKind.MessageBox, Long), Cancellation);

        await server.RunAsync("xdotool", "mousemove", "640", "360", "click", "1");

        await UntilBlackAsync(server);
    }

    [Fact]
    public async Task A_notice_that_is_no_longer_wanted_goes()
    {
        await using var server = await XServer.StartXvfbAsync();
        var notice = new X11Notice(server.Session(), TimeProvider.System);
        await notice.ShowAsync(new UserNotice("Unwanted", NoticeKind.Notification, Long), Cancellation);

        notice.Dispose();

        await UntilBlackAsync(server);
    }

    [Fact]
    public async Task A_text_in_letters_that_the_server_lacks_is_refused_and_says_what_to_install()
    {
        await using var server = await XServer.StartXvfbAsync("-fp", "built-ins");
        using var notice = new X11Notice(server.Session(), TimeProvider.System);

        var e = await Assert.ThrowsAsync<DisplayException>(
            () => notice.ShowAsync(new UserNotice("この画面は録画されています", NoticeKind.MessageBox, Long), Cancellation));

        Assert.False(e.IsTransient);
        Assert.Contains("fonts", e.Remedy, StringComparison.Ordinal);
        Assert.Equal(0, Bright(await LookAsync(server), 0, 0, Width, Height));
    }

    [Fact]
    public async Task A_text_that_the_screen_does_not_hold_is_refused()
    {
        await using var server = await XServer.StartXvfbAsync("-screen", "0", "320x60x24");
        using var notice = new X11Notice(server.Session(), TimeProvider.System);

        var e = await Assert.ThrowsAsync<DisplayException>(
            () => notice.ShowAsync(new UserNotice("one\ntwo\nthree", NoticeKind.MessageBox, Long), Cancellation));

        Assert.Contains("320x60", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_display_that_is_not_there_is_told()
    {
        using var notice = new X11Notice(XServer.SessionOn(XServer.Unused()), TimeProvider.System);
        await Assert.ThrowsAsync<DisplayException>(
            () => notice.ShowAsync(new UserNotice("Nobody reads this", NoticeKind.Notification, Long), Cancellation));
    }

    [Fact]
    public void Words_are_wrapped_and_long_ones_broken()
    {
        Assert.Equal(["one two", "three", "", "abcdefgh", "ijk"], NoticeText.Wrap("one two three\n\nabcdefghijk", 8));
    }

    [Fact]
    public void A_letter_that_a_font_lacks_is_a_question_mark()
    {
        Assert.Equal("Hello ?ada", NoticeText.Write("Hello \u0141ada", character => character < 256));
        Assert.Equal("x ?", NoticeText.Write("x \U0001F600", _ => true));
    }

    private static async Task<byte[]> ShowAndLookAsync(XServer server, string text)
    {
        using var notice = new X11Notice(server.Session(), TimeProvider.System);
        await notice.ShowAsync(new UserNotice(text, NoticeKind.MessageBox, Long), Cancellation);
        var picture = await LookAsync(server);
        notice.Dispose();
        await UntilBlackAsync(server);
        return picture;
    }

    private static async Task UntilBlackAsync(XServer server)
    {
        for (var tries = 0; Bright(await LookAsync(server), 0, 0, Width, Height) > 0; tries++)
        {
            Assert.True(tries < 30, "the notice is still there");
            await Task.Delay(200, Cancellation);
        }
    }

    /// <summary>How many pixels of a part of the picture are not black.</summary>
    private static int Bright(byte[] picture, int left, int top, int right, int bottom)
    {
        var count = 0;
        for (var y = top; y < bottom; y++)
        {
            count += picture.AsSpan((y * Width) + left, right - left).ToArray().Count(pixel => pixel > 100);
        }

        return count;
    }

    /// <summary>The whole screen in shades of grey, as a capture sees it.</summary>
    private static async Task<byte[]> LookAsync(XServer server)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo(
            "/usr/bin/ffmpeg",
            [
                "-v", "error", "-f", "x11grab", "-draw_mouse", "0", "-i", server.Display, "-frames:v", "1",
                "-pix_fmt", "gray", "-f", "rawvideo", "-",
            ])
        {
            RedirectStandardOutput = true,
        })!;
        using var picture = new MemoryStream();
        await ffmpeg.StandardOutput.BaseStream.CopyToAsync(picture, Cancellation);
        await ffmpeg.WaitForExitAsync(Cancellation);
        Assert.Equal(Width * Height, picture.Length);
        return picture.ToArray();
    }
}
