using System.Net.Sockets;
using System.Runtime.Versioning;
using SessionRecorder.Host.Sessions.Linux;
using SessionRecorder.TestTools.Processes;
using SessionRecorder.TestTools.Users;

namespace SessionRecorder.Tests.Sessions;

/// <summary>Real X servers, of root and of a user without rights, and what such a user puts beside them.</summary>
[SupportedOSPlatform("linux")]
public sealed class XServersTests : IDisposable
{
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

        var session = new LinuxSessionReader(() => [server], new NoLogind(), new PasswordFile()).Read().Single();

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

        Assert.Equal([3], new XServers(_folder).Find().Select(server => server.Number));
    }

    [Fact]
    public void A_folder_that_is_not_there_holds_no_server() =>
        Assert.Empty(new XServers(Path.Combine(_folder, "nothing")).Find());

    [Fact]
    public async Task A_user_who_pretends_to_have_many_displays_has_few_and_they_are_that_users_own()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        await Tool.RunAsync("chmod", ["1777", _folder]);
        const string Script =
            "use Socket; for my $n (0..40) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); "
            + "bind($s, pack_sockaddr_un(\"$ARGV[0]/X$n\")) or die $!; listen($s, 1); push @all, $s; } $|=1; print \"ready\\n\"; sleep 60;";
        await using var process = user.Launch("/usr/bin/perl", ["-e", Script, _folder, "-auth", "/etc/shadow"]);
        await process.WaitForLineAsync("ready", Patience);

        var servers = new XServers(_folder).Find();

        Assert.InRange(servers.Count, 1, 16);
        Assert.All(servers, server => Assert.Equal((uint)user.Id, server.Owner));
        Assert.All(
            new LinuxSessionReader(() => servers, new NoLogind(), new PasswordFile()).Read(),
            session => Assert.False(session.Environment.ContainsKey("XAUTHORITY")));
    }

    [Fact]
    public async Task A_user_who_stops_their_own_server_does_not_hide_their_session_nor_hold_anybody_up()
    {
        Assert.SkipUnless(UnprivilegedUser.Unavailable is null, UnprivilegedUser.Unavailable ?? "");
        await using var user = await UnprivilegedUser.CreateAsync();
        await Tool.RunAsync("chmod", ["1777", _folder]);
        const string Script =
            "use Socket; socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, pack_sockaddr_un(\"$ARGV[0]/X7\")) or die $!; listen($s, 0); "
            + "socket(my $c, PF_UNIX, SOCK_STREAM, 0); connect($c, pack_sockaddr_un(\"$ARGV[0]/X7\")); $|=1; print \"ready\\n\"; sleep 60;";
        await using var process = user.Launch("/usr/bin/perl", ["-e", Script, _folder]);
        await process.WaitForLineAsync("ready", Patience);

        var server = Assert.Single(await Task.Run(() => new XServers(_folder).Find()).WaitAsync(Patience));

        Assert.Equal((7, (uint)user.Id), (server.Number, server.Owner));
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

    private static async Task<XServer> FindAsync(string number)
    {
        var servers = new XServers(XServers.SocketFolder);
        for (var end = DateTime.UtcNow + Patience; ; await Task.Delay(50))
        {
            if (servers.Find().FirstOrDefault(server => server.Display == $":{number}") is { } found)
            {
                return found;
            }

            Assert.True(DateTime.UtcNow < end, $"no server :{number} was found");
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
