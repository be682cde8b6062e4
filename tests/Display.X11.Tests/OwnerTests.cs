using System.Diagnostics;
using System.Globalization;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A display's key is shown to the session's X server, and to no other user who listens in its place.</summary>
public sealed class OwnerTests
{
    [Fact]
    public async Task Another_user_who_listens_on_the_socket_without_a_file_gets_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root has more rights than the session's user");
        await using var server = await XServer.StartXvfbAsync("-nolisten", "local");
        using var thief = await ListenAsync(54321, $"/tmp/.X11-unix/X{server.Display[1..]}");
        await using var monitor = new X11DisplayMonitor(server.Session(), TimeProvider.System);

        var refused = await Assert.ThrowsAsync<DisplayException>(() => monitor.GetTopologyAsync(TestContext.Current.CancellationToken));

        Assert.True(refused.IsTransient);
        Assert.Contains("user 54321 listens there", refused.Message, StringComparison.Ordinal);
        Assert.Equal("0 bytes", await thief.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));

        // Once that is gone, so is what was in the way.
        thief.Kill();
        await thief.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1280, (await monitor.GetTopologyAsync(TestContext.Current.CancellationToken)).Bounds.Width);
    }

    /// <summary>Has another user listen where there is no file, and tell how much was sent.</summary>
    private static async Task<Process> ListenAsync(int user, string path)
    {
        const string Script = """
            my ($user, $path) = @ARGV;
            POSIX::setgid($user); POSIX::setuid($user);
            socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un("\0$path")) && listen(S, 5) or die $!;
            $| = 1; print "ready\n";
            while (accept(C, S)) { my $length = sysread(C, my $sent, 65536) // 0; print "$length bytes\n"; }
            """;
        var process = Process.Start(new ProcessStartInfo(
            "perl", ["-MPOSIX", "-MSocket", "-e", Script, user.ToString(CultureInfo.InvariantCulture), path]) { RedirectStandardOutput = true })!;
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return process;
    }
}
