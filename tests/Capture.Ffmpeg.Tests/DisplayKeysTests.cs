using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>ffmpeg reads the keys of a display with root's rights: never the file itself, which the session's user owns.</summary>
[SupportedOSPlatform("linux")]
public sealed class DisplayKeysTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keys-");

    public DisplayKeysTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "X displays are Linux'");

    private string File => Path.Combine(_folder.FullName, "Xauthority");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Ffmpeg_reads_the_keys_as_they_were_when_it_was_started_and_none_after_its_end()
    {
        await System.IO.File.WriteAllTextAsync(File, "keys", TestContext.Current.CancellationToken);
        var keys = Copy("root");
        await System.IO.File.WriteAllTextAsync(File, "other", TestContext.Current.CancellationToken);

        Assert.Equal("keys", await CatAsync(keys.Path));

        keys.Dispose();
        Assert.False(System.IO.File.Exists(keys.Path));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("pipe")]
    [InlineData("link")]
    [InlineData("folder")]
    [InlineData("stranger's")]
    public async Task Whatever_the_user_puts_in_place_of_the_file_gives_no_keys_and_holds_nobody_up(string kind)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root reads more than the user may");
        switch (kind)
        {
            case "pipe":
                await RunAsync("mkfifo", File);
                break;
            case "link":
                await System.IO.File.WriteAllTextAsync(File + ".secret", "secret", TestContext.Current.CancellationToken);
                System.IO.File.CreateSymbolicLink(File, File + ".secret");
                break;
            case "folder":
                Directory.CreateDirectory(File);
                break;
            case "stranger's":
                await System.IO.File.WriteAllTextAsync(File, "secret", TestContext.Current.CancellationToken);
                await RunAsync("chown", "54321", File);
                break;
        }

        using var keys = await Task.Run(() => Copy("nobody")).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Empty(await CatAsync(keys.Path));
    }

    [Fact]
    public async Task A_file_of_roots_is_not_read_where_the_user_could_have_led_to_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root has files that the user must not lead to");
        var roots = Directory.CreateDirectory(Path.Combine(_folder.FullName, "roots")).FullName;
        var users = Directory.CreateDirectory(Path.Combine(_folder.FullName, "users")).FullName;
        await System.IO.File.WriteAllTextAsync(Path.Combine(roots, "Xauthority"), "secret", TestContext.Current.CancellationToken);
        await RunAsync("chown", "nobody", users);
        Directory.CreateSymbolicLink(Path.Combine(users, "link"), roots);

        using var straight = Copy("nobody", Path.Combine(roots, "Xauthority"));
        using var led = Copy("nobody", Path.Combine(users, "link", "Xauthority"));

        Assert.Equal("secret", await CatAsync(straight.Path));
        Assert.Empty(await CatAsync(led.Path));
    }

    [Theory]
    [InlineData("nobody", false)]
    [InlineData("4294967294", false)]
    [InlineData("root", true)]
    public async Task Roots_own_keys_are_for_roots_own_session(string user, bool isShown)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "root's keys are root's");
        await System.IO.File.WriteAllTextAsync(File, "secret", TestContext.Current.CancellationToken);
        var before = Environment.GetEnvironmentVariable("XAUTHORITY");
        Environment.SetEnvironmentVariable("XAUTHORITY", File);
        try
        {
            using var keys = DisplayKeys.CopyFor(Session(user, []), NullLogger.Instance);
            Assert.Equal(isShown ? "secret" : "", await CatAsync(keys.Path));
        }
        finally
        {
            Environment.SetEnvironmentVariable("XAUTHORITY", before);
        }
    }

    private DisplayKeys Copy(string user, string? path = null) =>
        DisplayKeys.CopyFor(Session(user, new() { ["XAUTHORITY"] = path ?? File }), NullLogger.Instance);

    private static UserSession Session(string user, Dictionary<string, string> environment) =>
        new() { Id = "s", User = user, Host = "h", SystemSession = ":1", Environment = environment };

    /// <summary>Another process's view, as ffmpeg's.</summary>
    private static async Task<string> CatAsync(string path)
    {
        using var cat = Process.Start(new ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true })!;
        var text = await cat.StandardOutput.ReadToEndAsync();
        await cat.WaitForExitAsync();
        Assert.Equal(0, cat.ExitCode);
        return text;
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
