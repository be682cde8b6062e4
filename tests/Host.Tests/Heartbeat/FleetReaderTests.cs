using System.Text;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Heartbeat;
using SessionRecorder.Tests.Upload;

namespace SessionRecorder.Tests.Heartbeat;

/// <summary>Any machine, and where the owner is careless any user, can put odd heartbeats there: each hides no other.</summary>
public sealed class FleetReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;

    private readonly FaultySink _sink = new();

    [Theory]
    [InlineData("""{"host":"h","at":"2026-11-23T12:00:00Z","interval":1e12,"recorder":"1","desktops":[]}""", "interval")]
    [InlineData("""{"host":"h","at":"2026-11-23T12:00:00Z","interval":1e308,"recorder":"1","desktops":[]}""", "interval")]
    [InlineData("""{"host":"h","at":"2026-11-23T12:00:00Z","interval":-1,"recorder":"1","desktops":[]}""", "interval")]
    [InlineData("""{"host":"h","at":"2126-11-23T12:00:00Z","interval":60,"recorder":"1","desktops":[]}""", "future")]
    [InlineData("""{"host":"h","at":"2026-11-23T12:00:00Z","interval":60,"recorder":"1","desktops":[null]}""", "null")]
    [InlineData("null", "nothing")]
    [InlineData("[]", "JSON")]
    public async Task An_odd_heartbeat_is_unreadable_and_the_rest_is_shown(string odd, string expected)
    {
        _sink.Objects["k/heartbeats/a/machine"] = Encoding.UTF8.GetBytes(odd);
        PutGood();

        var entries = await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation);

        Assert.Equal(["unreadable", "unrecorded"], entries.Select(entry => entry.State));
        Assert.Equal("k/heartbeats/a/machine", entries[0].Host);
        Assert.Contains(expected, entries[0].Remark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_heartbeat_that_is_too_large_to_be_one_is_not_read_to_its_end()
    {
        _sink.Objects["k/heartbeats/a/machine"] = new byte[2_000_000];
        PutGood();

        var entries = await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation);

        Assert.Equal(["unreadable", "unrecorded"], entries.Select(entry => entry.State));
        Assert.Contains("more than 1048576 bytes", entries[0].Remark, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StorageFailure.NoSuchObject, "unrecorded")]
    [InlineData(StorageFailure.Denied, "unreadable,unrecorded")]
    public async Task What_cannot_be_read_hides_nothing_and_what_was_deleted_meanwhile_is_left_out(StorageFailure failure, string expected)
    {
        _sink.Objects["k/heartbeats/a/machine"] = [];
        PutGood();
        var sink = new Refusing(_sink, "k/heartbeats/a/machine", new StorageException("no", failure, isTransient: false));

        var entries = await FleetReport.ReadAsync(sink, "k/", Now, Cancellation);

        Assert.Equal(expected, string.Join(',', entries.Select(entry => entry.State)));
    }

    [Fact]
    public async Task A_storage_that_cannot_be_asked_now_is_told_as_that()
    {
        PutGood();
        var sink = new Refusing(_sink, "k/heartbeats/b/machine", new StorageException("no", StorageFailure.Unreachable, isTransient: true));
        await Assert.ThrowsAsync<StorageException>(() => FleetReport.ReadAsync(sink, "k/", Now, Cancellation));
    }

    [Theory]
    [InlineData("heartbeats/fleet/session-1/manifest.json")]
    [InlineData("heartbeats/fleet/session-1/video/000001.mp4")]
    [InlineData("heartbeats/h/notes.txt")]
    public async Task What_is_no_heartbeat_is_left_out(string key)
    {
        _sink.Objects["k/" + key] = "{"u8.ToArray();
        PutGood();

        Assert.Equal("unrecorded", Assert.Single(await FleetReport.ReadAsync(_sink, "k/", Now, Cancellation)).State);
    }

    [Fact]
    public void No_name_steers_the_terminal_that_it_is_shown_on() =>
        Assert.Equal(
            ["h\ufffd", "-", "e\ufffd[2Jve", "s\ufffd", "\ufffd", "-", "\ufffd"],
            FleetCommand.RowOf(new FleetEntry("h\n", null, "e\u001b[2Jve", "s\u202e", "\u009b", null, "\r")));

    private void PutGood() => _sink.Objects["k/heartbeats/b/machine"] = """
        {"host":"b","at":"2026-11-23T12:00:00Z","interval":60,"recorder":"1","desktops":[{"systemSession":":0","user":"eve","sessionId":null,"excepted":null}]}
        """u8.ToArray();

    /// <summary>Refuses to give one object.</summary>
    private sealed class Refusing(IStorageSink sink, string key, Exception failure) : IStorageSink
    {
        public Task<StoredObject> PutAsync(StoragePut put, CancellationToken cancellationToken) => sink.PutAsync(put, cancellationToken);

        public Task<StoredObject?> FindAsync(string wanted, CancellationToken cancellationToken) => sink.FindAsync(wanted, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => sink.ListAsync(prefix, cancellationToken);

        public Task<Stream> OpenReadAsync(string wanted, CancellationToken cancellationToken) =>
            wanted == key ? Task.FromException<Stream>(failure) : sink.OpenReadAsync(wanted, cancellationToken);
    }
}
