using SessionRecorder.Host.Catalog;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Catalog;

public sealed class RecordingCatalogTests
{
    private readonly MemorySink _sink = new();

    [Fact]
    public async Task Recordings_are_listed_with_what_they_hold()
    {
        _ = new StoredSession(sink: _sink);
        _sink.Objects["recordings/readme.txt"] = [1, 2];
        _sink.Objects["recordings/video/stray.mp4"] = [1];

        var summary = Assert.Single(await ListAsync());

        Assert.Equal(
            new RecordingSummary(
                StoredSession.Prefix,
                "session-1",
                "Zoë [admin]",
                "desk-7",
                "local",
                "complete",
                TestSpool.Start,
                StoredSession.End,
                29.5,
                3,
                2,
                2.3,
                _sink.Objects.Where(o => o.Key.StartsWith(StoredSession.Prefix, StringComparison.Ordinal)).Sum(o => o.Value.Length),
                null),
            summary);
    }

    [Fact]
    public async Task A_session_that_has_only_just_begun_is_listed_as_being_recorded()
    {
        _ = new StoredSession(sink: _sink);
        foreach (var key in _sink.Objects.Keys.Where(key => !key.EndsWith("session.json", StringComparison.Ordinal)))
        {
            _sink.Objects.Remove(key, out _);
        }

        var summary = Assert.Single(await ListAsync());

        Assert.Equal(("recording", "Zoë [admin]", 0), (summary.State, summary.User, summary.Segments));
    }

    [Fact]
    public async Task An_unreadable_recording_is_listed_with_its_fault()
    {
        _ = new StoredSession(sink: _sink);
        _ = new StoredSession("session-2", sink: _sink);
        _sink.Objects[StoredSession.Prefix + "manifest.json"] = [(byte)'{'];

        var summaries = await ListAsync();

        var broken = Assert.Single(summaries, summary => summary.SessionId == "session-1");
        Assert.Equal(("unreadable", "Zoë [admin]"), (broken.State, broken.User));
        Assert.StartsWith("manifest.json is not readable", broken.Fault, StringComparison.Ordinal);
        Assert.Null(Assert.Single(summaries, summary => summary.SessionId == "session-2").Fault);
    }

    [Fact]
    public async Task A_listing_can_be_narrowed_by_prefix()
    {
        _ = new StoredSession(sink: _sink, prefix: "a/session-1/");
        _ = new StoredSession(sink: _sink, prefix: "b/session-1/");

        var summaries = await new RecordingCatalog(_sink).ListAsync("b/", CancellationToken.None);

        Assert.Equal("b/session-1/", Assert.Single(summaries).Prefix);
    }

    [Theory]
    [InlineData("session-1")]
    [InlineData("recordings/local/desk-7/zoe/session-1/")]
    [InlineData("recordings/local/desk-7/zoe/session-1")]
    public async Task A_recording_is_found_by_id_and_by_prefix(string idOrPrefix)
    {
        _ = new StoredSession(sink: _sink);
        _ = new StoredSession("ssession-1", sink: _sink);

        var found = await new RecordingCatalog(_sink).FindAsync(idOrPrefix, CancellationToken.None);

        Assert.Equal(StoredSession.Prefix, found!.Prefix);
        Assert.Equal("complete", found.State);
    }

    [Fact]
    public async Task A_recording_at_the_very_top_of_its_folder_is_found_by_its_id()
    {
        _ = new StoredSession(sink: _sink, prefix: "");
        Assert.Equal("", (await new RecordingCatalog(_sink).FindAsync("session-1", CancellationToken.None))!.Prefix);
        Assert.True((await SessionVerifier.VerifyAsync(_sink, "", null, CancellationToken.None)).IsWhole);
    }

    [Fact]
    public async Task Several_recordings_of_one_id_are_named()
    {
        _ = new StoredSession(sink: _sink, prefix: "a/session-1/");
        _ = new StoredSession(sink: _sink, prefix: "session-1/");
        var catalog = new RecordingCatalog(_sink);

        var failure = await Assert.ThrowsAsync<CatalogException>(() => catalog.FindAsync("session-1", CancellationToken.None));

        Assert.Equal("2 recordings have the id 'session-1': a/session-1/, session-1/", failure.Message);
        Assert.Equal("session-1/", (await catalog.FindAsync("session-1/", CancellationToken.None))!.Prefix);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        _ = new StoredSession(sink: _sink);
        Assert.Null(await new RecordingCatalog(_sink).FindAsync("session-9", CancellationToken.None));
        Assert.Null(await new RecordingCatalog(_sink).FindAsync("recordings/local/", CancellationToken.None));
    }

    private Task<IReadOnlyList<RecordingSummary>> ListAsync() =>
        new RecordingCatalog(_sink).ListAsync("", CancellationToken.None);
}
