using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Sessions.Linux;
using SessionRecorder.TestTools.Processes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests.Sessions;

/// <summary>Real X servers, of root and of a user without rights, and what such a user puts beside them.</summary>
[SupportedOSPlatform("linux")]
public sealed class XServersTests : IDisposable
{
    /// <summary>Listens at displays 0 to 40, or at the one that is named, and says nothing.</summary>
    private const string Listeners =
        "use Socket; for my $n (($ARGV[1] // '') =~ /^\\d+$/ ? $ARGV[1] : (0..40)) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); "
        + "bind($s, pack_sockaddr_un(\"$ARGV[0]/X$n\")) or die $!; listen($s, 9); push @all, $s; } $|=1; print \"ready\\n\"; sleep 60;";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static int _next = 199;

    private readonly string _folder = Directory.CreateTempSubdirectory("x-servers-test-").FullName;
    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_server_of_root_is_found_with_its_owner_and_its_key_file()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var number = NextDisplay();
        var keys = Path.Combine(_folder, "keys of root");
        await File.WriteAllTextAsync(keys, "", TestContext.Current.CancellationToken);
        await using var process = new RunningProcess("Xvfb", [$":{number}", "-auth", keys, "-nolisten", "tcp"]);

        var server = await FindAsync(number);

        Assert.Equal((0u, keys, null), (server.Owner, server.AuthorityFile, server.Terminal));
    }

    [Fact]
    public async Task A_server_of_a_user_is_that_users_session_with_that_users_keys()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        var number = NextDisplay();
        var keys = Path.Combine(user.Home, ".Xauthority");
        await user.TryAsync("/usr/bin/touch", [keys]);
        await using var process = user.Launch("/usr/bin/Xvfb", [$":{number}", "-nolisten", "tcp"]);
        var server = await FindAsync(number);
        Assert.Equal((uint)user.Id, server.Owner);

        var session = new LinuxSessionReader(() => [server], new NoLogind(), new PasswordFile(), TimeProvider.System).Read().Single();

        Assert.Equal((user.Name, $"{user.Id}"), (session.User, session.UserId));
        Assert.Equal(keys, session.Environment["XAUTHORITY"]);
    }

    [Fact]
    public void What_is_no_server_is_left_out()
    {
        File.WriteAllText(Path.Combine(_folder, "X1"), "");
        Directory.CreateDirectory(Path.Combine(_folder, "X2"));
        foreach (var name in (string[])["X", "X-1", "X 3", "X03", "X3 ", "X3\n", "Xé", "X99999999999", "Y3", "X3"])
        {
            Listen(name);
        }

        // A stale socket, and a link to one that listens.
        Listen("X4").Close();
        File.CreateSymbolicLink(Path.Combine(_folder, "X5"), Path.Combine(_folder, "X3"));

        Assert.Equal([3], In(_folder).Find().Select(server => server.Number));
    }

    [Fact]
    public void A_folder_that_is_not_there_holds_no_server() =>
        Assert.Empty(In(Path.Combine(_folder, "nothing")).Find());

    [Fact]
    public async Task What_a_user_has_listen_without_being_an_X_server_is_no_session()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        await Tool.RunAsync("chmod", ["1777", _folder]);
        await using var process = user.Launch("/usr/bin/perl", ["-e", Listeners, _folder, "-auth", "/etc/shadow"]);
        await process.WaitForLineAsync("ready", Patience);

        var servers = In(_folder).Find();

        Assert.Equal(Enumerable.Range(0, 41), servers.Select(server => server.Number));
        Assert.All(servers, server => Assert.Equal(((uint)user.Id, XAnswer.Silent), (server.Owner, server.Answer)));
        Assert.Empty(new LinuxSessionReader(() => servers, new NoLogind(), new PasswordFile(), TimeProvider.System).Read());
    }

    [Fact]
    public async Task A_server_whose_queue_is_full_from_the_beginning_is_told_and_holds_nobody_up()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        await Tool.RunAsync("chmod", ["1777", _folder]);
        const string Script =
            "use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, pack_sockaddr_un(\"$ARGV[0]/X7\")) or die $!; listen($s, 0); "
            + "socket(my $c, PF_UNIX, SOCK_STREAM, 0); connect($c, pack_sockaddr_un(\"$ARGV[0]/X7\")); $|=1; print \"ready\\n\"; sleep 60;";
        await using var process = user.Launch("/usr/bin/perl", ["-e", Script, _folder]);
        await process.WaitForLineAsync("ready", Patience);

        var server = Assert.Single(await Task.Run(() => In(_folder).Find()).WaitAsync(Patience));

        Assert.Equal((7, (uint)user.Id, XAnswer.Full), (server.Number, server.Owner, server.Answer));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_user_who_removes_the_socket_of_their_server_or_puts_another_there_has_not_ended_it(bool replaces)
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        var number = NextDisplay();
        await using var process = user.Launch("/usr/bin/Xvfb", [$":{number}", "-nolisten", "tcp", "-nolock"]);
        var before = In(XServers.SocketFolder);
        var server = await FindAsync(number, before);
        await user.TryAsync("/bin/rm", [$"{XServers.SocketFolder}/X{number}"]);
        await using var fake = !replaces ? null : user.Launch("/usr/bin/perl", ["-e", Listeners, XServers.SocketFolder, number]);
        await (fake?.WaitForLineAsync("ready", Patience) ?? Task.CompletedTask);

        // By whom it was known, and by whom it was not: the agent that is started now.
        Assert.Equal(server.Process, (await FindAsync(number, before)).Process);
        Assert.Equal(server.Process, (await FindAsync(number, In(XServers.SocketFolder))).Process);

        await process.DisposeAsync();
        Assert.DoesNotContain(before.Find(), found => found.Number == server.Number && found.Answer == XAnswer.Speaks);
    }

    [Fact]
    public async Task A_server_that_is_known_stays_when_its_queue_is_full_or_nothing_is_left_to_connect_to_and_others_are_found_beside()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        var (number, other) = (NextDisplay(), NextDisplay());

        // Without the name that has no file.
        await using var process = user.Launch("/usr/bin/Xvfb", [$":{number}", "-nolisten", "tcp", "-nolisten", "local", "-nolock"]);
        var servers = In(XServers.SocketFolder);
        var server = await FindAsync(number, servers);
        ProcFs.Signal(server.Process!.Value.Id, ProcFs.SigStop);
        Fill(Path.Combine(XServers.SocketFolder, $"X{number}"));
        await using var second = user.Launch("/usr/bin/Xvfb", [$":{other}", "-nolisten", "tcp", "-nolock"]);

        await FindAsync(other, servers);
        Assert.Equal(server.Process, (await FindAsync(number, servers)).Process);
        File.Delete(Path.Combine(XServers.SocketFolder, $"X{number}"));
        Assert.Equal(server.Process, (await FindAsync(number, servers)).Process);

        await process.DisposeAsync();
        Assert.DoesNotContain(servers.Find(), found => found.Number == server.Number);
    }

    [Fact]
    public async Task A_server_that_is_stopped_when_it_is_first_asked_is_found_once_it_goes_on()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        var number = NextDisplay();
        await using var process = user.Launch("/usr/bin/Xvfb", [$":{number}", "-nolisten", "tcp", "-nolock"]);
        var id = (await FindAsync(number)).Process!.Value.Id;
        ProcFs.Signal(id, ProcFs.SigStop);
        var servers = In(XServers.SocketFolder);

        Assert.Equal(XAnswer.Silent, servers.Find().Single(server => server.Display == $":{number}").Answer);
        ProcFs.Signal(id, ProcFs.SigCont);

        await FindAsync(number, servers);
    }

    [Fact]
    public async Task A_server_of_a_container_that_shares_the_network_is_none_of_this_machine()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var number = NextDisplay();
        await using var process = new RunningProcess(
            "unshare",
            [
                "--mount", "--propagation", "private", "/bin/sh", "-c",
                $"mount -t tmpfs -o mode=1777 tmpfs {XServers.SocketFolder} && exec Xvfb :{number} -displayfd 1 -nolisten tcp -nolock",
            ]);
        await process.WaitForLineAsync(number, Patience);
        var listening = ListeningSockets.Parse(File.ReadLines(ListeningSockets.ListPath), XServers.SocketFolder);

        Assert.Contains(listening, socket => socket.IsAbstract && $"{socket.Number}" == number);
        Assert.DoesNotContain(In(XServers.SocketFolder).Find(), server => server.Display == $":{number}");
    }

    [Fact]
    public void The_kernels_list_tells_what_listens_with_and_without_a_file_and_nothing_else_counts()
    {
        string[] lines =
        [
            "Num       RefCount Protocol Flags    Type St Inode Path",
            "ffff8f0c: 00000002 00000000 00010000 0001 01 4711 @/tmp/.X11-unix/X7",
            "ffff8f0d: 00000002 00000000 00010000 0001 01 4712 /tmp/.X11-unix/X7",
            "0000000000000000: 00000002 00000000 00010000 0001 01     5 /tmp/.X11-unix/X12",
            "ffff8f0e: 00000003 00000000 00000000 0001 03 4713 @/tmp/.X11-unix/X8",
            "ffff8f0f: 00000002 00000000 00010000 0005 01 4714 /tmp/.X11-unix/X9",
            "ffff8f10: 00000002 00000000 00010000 0001 01 4715 /tmp/.X11-unix/X07",
            "ffff8f11: 00000002 00000000 00010000 0001 01 4716 /tmp/.X11-unix/X7 ",
            "ffff8f12: 00000002 00000000 00010000 0001 01 4717 /home/a b/.X11-unix/X3",
            "ffff8f13: 00000002 00000000 00010000 0001 01 4718",
            "X",
            "",
        ];

        Assert.Equal(
            [
                new ListeningSocket(7, true, "socket:[4711]"),
                new ListeningSocket(7, false, "socket:[4712]"),
                new ListeningSocket(12, false, "socket:[5]"),
            ],
            ListeningSockets.Parse(lines, "/tmp/.X11-unix"));
    }

    /// <summary>A display without a server, and without what a server that was killed leaves behind.</summary>
    private static string NextDisplay()
    {
        while (true)
        {
            var number = Interlocked.Increment(ref _next);
            if (!File.Exists(Path.Combine(XServers.SocketFolder, $"X{number}")) && !File.Exists($"/tmp/.X{number}-lock"))
            {
                return $"{number}";
            }
        }
    }

    private static Task<XServer> FindAsync(string number) => FindAsync(number, In(XServers.SocketFolder));

    private static async Task<XServer> FindAsync(string number, XServers servers)
    {
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(50))
        {
            if (servers.Find().FirstOrDefault(server => server.Display == $":{number}" && server.Answer == XAnswer.Speaks) is { } found)
            {
                return found;
            }

            Assert.True(DateTime.UtcNow < end, $"no server :{number} was found");
        }
    }

    private static XServers In(string folder) => new(folder, NullLogger<XServers>.Instance);

    /// <summary>Connects until the queue is full.</summary>
    private void Fill(string path)
    {
        for (var full = false; !full;)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            _sockets.Add(socket);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException)
            {
                full = true;
            }
        }
    }

    private Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _sockets.Add(socket);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, name)));
        socket.Listen(8);
        return socket;
    }

    private sealed class NoLogind : ILogind
    {
        public IReadOnlyList<LogindSession>? List() => null;

        public void Terminate(string id) => throw new SystemBusException("there is none");

        public IDisposable Listen(Action onChange) => new MemoryStream();
    }
}
