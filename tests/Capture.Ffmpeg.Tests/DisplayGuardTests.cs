using System.Diagnostics;
using System.Net.Sockets;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>ffmpeg shows a display's keys to nobody but the session's X server: libxcb asks the socket without a file first.</summary>
public sealed class DisplayGuardTests : IDisposable
{
    private const int FirstDisplay = 530;
    private const int LastDisplay = 539;

    private static int _next = FirstDisplay - 1;

    private readonly string _display = $":{Interlocked.Increment(ref _next)}";
    private readonly List<Socket> _sockets = [];
    private readonly List<Process> _processes = [];

    public DisplayGuardTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root has more rights than the session's user");
        Assert.True(int.Parse(_display[1..], System.Globalization.CultureInfo.InvariantCulture) <= LastDisplay, "more displays are needed");
        File.Delete(Socket);
        Directory.CreateDirectory(Path.GetDirectoryName(Socket)!);
    }

    private string Socket => $"/tmp/.X11-unix/X{_display[1..]}";

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.Dispose();
        }

        _sockets.ForEach(socket => socket.Dispose());
        File.Delete(Socket);
    }

    [Fact]
    public async Task Another_user_who_listens_on_the_socket_without_a_file_is_shown_no_key()
    {
        Listen(Socket);
        await ListenAsAsync(54321, $"@{Socket}");

        var refused = await Assert.ThrowsAsync<CaptureException>(() => TakeAsync("nobody"));

        Assert.Contains("user 54321 listens there", refused.Message, StringComparison.Ordinal);
        Assert.Contains("shown no key", refused.Message, StringComparison.Ordinal);
        Assert.Equal((true, CaptureEnd.DisplayLost), (refused.IsTransient, refused.End));
        Assert.Contains("ss -xlp", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_can_begin_to_listen_there_until_ffmpeg_has_connected()
    {
        Listen(Socket);
        using (await TakeAsync("nobody"))
        {
            Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => Listen("\0" + Socket)).SocketErrorCode);

            // As libxcb does: only what refuses leads it to the file.
            using var client = New();
            Assert.Equal(
                SocketError.ConnectionRefused,
                Assert.Throws<SocketException>(() => client.Connect(new UnixDomainSocketEndPoint("\0" + Socket))).SocketErrorCode);
        }

        Listen("\0" + Socket);
    }

    [Theory]
    [InlineData("nobody", 65534, true)]
    [InlineData("nobody", 54321, false)]
    [InlineData("no-such-user", 54321, true)]
    public async Task The_socket_with_a_file_is_the_sessions_users_or_one_that_an_operator_chose(string user, int owner, bool isTaken)
    {
        await ListenAsAsync(owner, Socket);

        var refused = await Record.ExceptionAsync(async () => (await TakeAsync(user)).Dispose());

        Assert.Equal(isTaken, refused is null);
        Assert.True(isTaken || refused is CaptureException);
    }

    [Fact]
    public async Task A_server_of_roots_is_taken_for_any_session_and_two_captures_of_a_display_wait_for_each_other()
    {
        Listen(Socket);
        var first = await TakeAsync("nobody");
        var second = TakeAsync("nobody");
        Assert.False(second.IsCompleted);

        first.Dispose();
        (await second.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task A_name_that_somebody_keeps_without_listening_is_not_gone_round()
    {
        Listen(Socket);
        var keeper = New();
        keeper.Bind(new UnixDomainSocketEndPoint("\0" + Socket));

        var refused = await Assert.ThrowsAsync<CaptureException>(() => TakeAsync("nobody"));

        Assert.Contains("without listening", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_display_without_a_server_is_lost_and_its_name_is_free_again()
    {
        Assert.True((await Assert.ThrowsAsync<CaptureException>(() => TakeAsync("nobody"))).IsTransient);
        Listen("\0" + Socket);
    }

    private Task<DisplayGuard> TakeAsync(string user) =>
        DisplayGuard.TakeAsync(_display, user, TimeProvider.System, TestContext.Current.CancellationToken);

    private Socket New()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _sockets.Add(socket);
        return socket;
    }

    private void Listen(string path)
    {
        var socket = New();
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
    }

    /// <summary>Has a process of another user listen; its socket's file is that user's too.</summary>
    private async Task ListenAsAsync(int user, string path)
    {
        const string Script = """
            my ($user, $path) = @ARGV;
            POSIX::setgid($user); POSIX::setuid($user);
            $path =~ s/^@/\0/;
            socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, pack_sockaddr_un($path)) && listen(S, 5) or die $!;
            $| = 1; print "ready\n"; sleep 600;
            """;
        var process = Process.Start(new ProcessStartInfo("perl", ["-MPOSIX", "-MSocket", "-e", Script, $"{user}", path]) { RedirectStandardOutput = true })!;
        _processes.Add(process);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
    }
}
