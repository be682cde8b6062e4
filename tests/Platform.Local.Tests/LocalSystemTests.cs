using System.Net.Sockets;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class LocalSystemTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("x-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Displays_are_the_sockets_that_somebody_listens_on()
    {
        using var ten = Listen("X10");
        using var two = Listen("X2");
        using var other = Listen("Xanadu");
        Listen("X3").Dispose();
        Touch("X4");
        Touch("Y5");

        Assert.Equal([2, 10], new LocalSystem(_folder.FullName).Displays());
    }

    [Fact]
    public void Where_X_was_never_started_there_are_no_displays() =>
        Assert.Empty(new LocalSystem(Path.Combine(_folder.FullName, "none")).Displays());

    [Fact]
    public void An_empty_variable_counts_as_none()
    {
        Environment.SetEnvironmentVariable("LOCAL_SYSTEM_TEST", "");
        Assert.Null(new LocalSystem("/").Variable("LOCAL_SYSTEM_TEST"));
    }

    private Socket Listen(string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }

    private void Touch(string name) => File.WriteAllBytes(Path.Combine(_folder.FullName, name), []);
}
