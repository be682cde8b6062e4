using System.Buffers.Binary;
using System.Net;
using System.Text;
using SessionRecorder.Plugins;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Tests;

public sealed class AccessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("x11-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_key_from_the_sessions_file_opens_the_display()
    {
        var key = Key(1);
        await using var server = await XServer.StartXvfbAsync("-auth", Write("server", Record(65535, "", "", key)));
        var number = server.Display[1..];
        var file = Write(
            "user",
            Record(256, Dns.GetHostName(), "9999", Key(7)),
            Record(256, "another-host", number, Key(8)),
            Record(256, Dns.GetHostName(), number, Key(9), "XDM-AUTHORIZATION-1"),
            Record(256, Dns.GetHostName(), number, key),
            Record(256, Dns.GetHostName(), number, Key(10)));

        Assert.Equal(1280, (await AskAsync(server.Session(file))).Bounds.Width);

        await using var monitor = new X11DisplayMonitor(server.Session(file), TimeProvider.System);
        await using var watching = new Watching(monitor);
        await watching.UntilAsync(t => t.Bounds.Width == 1280);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_with_the_servers_reason_and_the_files_name()
    {
        await using var server = await XServer.StartXvfbAsync("-auth", Write("server", Record(65535, "", "", Key(1))));
        var file = Write("user", Record(65535, "", "", Key(2)));

        var refused = await Assert.ThrowsAsync<DisplayException>(() => AskAsync(server.Session(file)));

        Assert.Contains("refuses access", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Invalid MIT-MAGIC-COOKIE-1 key", refused.Message, StringComparison.Ordinal);
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Contains("XAUTHORITY", refused.Remedy, StringComparison.Ordinal);
        Assert.True(refused.IsTransient);
    }

    [Theory]
    [InlineData("missing", "could not be read")]
    [InlineData("empty", "holds no MIT-MAGIC-COOKIE-1")]
    [InlineData("cut", "holds no MIT-MAGIC-COOKIE-1")]
    public async Task Without_a_usable_key_file_the_refusal_says_so(string kind, string expected)
    {
        await using var server = await XServer.StartXvfbAsync("-auth", Write("server", Record(65535, "", "", Key(1))));
        var file = kind switch
        {
            "empty" => Write("user", []),
            "cut" => Write("user", Record(65535, "", "", Key(1))[..^1]),
            _ => Path.Combine(_folder.FullName, "missing"),
        };

        var refused = await Assert.ThrowsAsync<DisplayException>(() => AskAsync(server.Session(file)));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pipe", "not a regular file")]
    [InlineData("device", "not a regular file")]
    [InlineData("link", "symbolic link")]
    [InlineData("folder", "not a regular file")]
    public async Task Whatever_the_user_puts_in_place_of_the_key_file_root_neither_waits_nor_follows(string kind, string expected)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root reads more than the user may");
        await using var server = await XServer.StartXvfbAsync("-auth", Write("server", Record(65535, "", "", Key(1))));
        var file = Path.Combine(_folder.FullName, "user");
        switch (kind)
        {
            case "pipe":
                await Run("mkfifo", file);
                break;
            case "device":
                await Run("mknod", file, "c", "1", "5");
                break;
            case "folder":
                Directory.CreateDirectory(file);
                break;
            default:
                File.CreateSymbolicLink(file, Path.Combine(_folder.FullName, "server"));
                break;
        }

        var refused = await Assert.ThrowsAsync<DisplayException>(() => AskAsync(server.Session(file)).WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", 65534, true)]
    [InlineData("nobody", 0, true)]
    [InlineData("nobody", 54321, false)]
    [InlineData("root", 54321, true)]
    [InlineData("no-such-user", 54321, true)]
    public async Task Root_reads_the_key_files_of_the_sessions_user_and_of_root(string user, int owner, bool isRead)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give files to others");
        await using var server = await XServer.StartXvfbAsync("-auth", Write("server", Record(65535, "", "", Key(1))));
        var file = Write("user", Record(65535, "", "", Key(1)));
        await Run("chown", $"{owner}", file);

        var answer = await Xunit.Record.ExceptionAsync(() => AskAsync(server.Session(file) with { User = user }));

        Assert.Equal(isRead, answer is null);
        Assert.True(isRead || answer!.Message.Contains($"belongs to user {owner}", StringComparison.Ordinal));
    }

    private static async Task Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public async Task A_display_without_a_server_is_a_transient_failure_that_names_it()
    {
        var display = XServer.Unused();

        var failure = await Assert.ThrowsAsync<DisplayException>(() => AskAsync(XServer.SessionOn(display)));

        Assert.True(failure.IsTransient);
        Assert.Contains($"'{display}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("there is no socket", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_without_DISPLAY_is_a_permanent_failure_with_a_remedy()
    {
        var session = XServer.SessionOn(":0") with { Environment = new Dictionary<string, string>() };

        var failure = await Assert.ThrowsAsync<DisplayException>(() => AskAsync(session));

        Assert.False(failure.IsTransient);
        Assert.Contains("DISPLAY", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_screen_that_the_server_lacks_is_a_permanent_failure()
    {
        await using var server = await XServer.StartXvfbAsync();

        var failure = await Assert.ThrowsAsync<DisplayException>(() => AskAsync(XServer.SessionOn(server.Display + ".3")));

        Assert.False(failure.IsTransient);
        Assert.Contains("no screen 3", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData(":")]
    [InlineData(":a")]
    [InlineData(":0.")]
    [InlineData(":0.1.2")]
    [InlineData(":-1")]
    [InlineData(":99999999999")]
    [InlineData(":60000")]
    public void What_is_no_display_is_refused(string text) =>
        Assert.False(Assert.Throws<DisplayException>(() => DisplayAddress.Parse(text)).IsTransient);

    [Theory]
    [InlineData(":7", null, 7, 0)]
    [InlineData("unix:7.2", null, 7, 2)]
    [InlineData("far.example:10.0", "far.example", 10, 0)]
    [InlineData("[::1]:3", "::1", 3, 0)]
    public void A_display_is_read_as_X_programs_read_it(string text, string? host, int number, int screen) =>
        Assert.Equal(new DisplayAddress(text, host, number, screen), DisplayAddress.Parse(text));

    [Fact]
    public void A_missing_library_is_a_permanent_failure_that_names_the_packages()
    {
        var failure = Assert.Throws<DisplayException>(() => XcbLibraries.Require("libxcb-not-there.so.0"));

        Assert.False(failure.IsTransient);
        Assert.Equal(FailureScope.Host, failure.Scope);
        Assert.Contains("libxcb-not-there.so.0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("libxcb-randr0", failure.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_self_check_tells_the_geometry_or_the_problem()
    {
        await using var server = await XServer.StartXvfbAsync();
        await using var bare = await XServer.StartXvfbAsync("-extension", "RANDR");

        var good = await CheckAsync(server.Session());
        var poor = await CheckAsync(bare.Session());
        var bad = await CheckAsync(XServer.SessionOn(XServer.Unused()));

        Assert.Equal(
            new Finding(FindingLevel.Ok, $"display {server.Display}", "1280x720+0+0, 1 monitor, RandR 1.5"), good);
        Assert.Equal(FindingLevel.Warning, poor.Level);
        Assert.Equal(FindingLevel.Problem, bad.Level);
        Assert.NotNull(bad.Remedy);
    }

    private static async Task<Finding> CheckAsync(UserSession session) =>
        await new X11SelfCheck(session, TimeProvider.System).CheckAsync(CancellationToken.None).SingleAsync();

    private static async Task<DisplayTopology> AskAsync(UserSession session)
    {
        await using var monitor = new X11DisplayMonitor(session, TimeProvider.System);
        return await monitor.GetTopologyAsync(CancellationToken.None);
    }

    private static byte[] Key(byte seed) => [.. Enumerable.Repeat(seed, 16)];

    private static byte[] Record(
        ushort family, string host, string number, byte[] key, string protocol = "MIT-MAGIC-COOKIE-1") =>
        [.. Number(family), .. Field(Encoding.UTF8.GetBytes(host)), .. Field(Encoding.ASCII.GetBytes(number)),
            .. Field(Encoding.ASCII.GetBytes(protocol)), .. Field(key)];

    private static byte[] Field(byte[] bytes) => [.. Number((ushort)bytes.Length), .. bytes];

    private static byte[] Number(ushort number)
    {
        var bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        return bytes;
    }

    private string Write(string name, params byte[][] records)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, [.. records.SelectMany(r => r)]);
        return path;
    }
}
