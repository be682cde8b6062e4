using SessionRecorder.Host.Catalog;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Spool;

/// <summary>A platform may give an id twice; storage takes no second session of it.</summary>
public sealed class UsedIdsTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("used-ids-test-");
    private readonly SpoolRoot _spool;

    public UsedIdsTests() => _spool = new SpoolRoot(_data.FullName, TrustPolicy.Off);

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public void An_id_that_nobody_has_had_is_given_as_it_is() => Assert.Equal("a", Take("a"));

    [Fact]
    public void One_whose_session_was_delivered_and_is_gone_gets_an_addition()
    {
        Take("a");

        Assert.Matches("^a-[0-9a-f]{6}$", Take("a"));
        Assert.NotEqual(Take("a"), Take("a"));
    }

    [Fact]
    public void One_that_is_in_another_sessions_hand_gets_an_addition()
    {
        Take("a");
        Leave("a", ":1");

        Assert.Matches("^a-[0-9a-f]{6}$", Take("a", ":2"));
    }

    [Fact]
    public void The_same_session_goes_on_under_its_id_after_its_recorder_died()
    {
        Take("a");
        Leave("a", ":1");

        Assert.Equal("a", Take("a", ":1"));
    }

    [Fact]
    public void But_not_while_somebody_still_has_it_or_once_its_account_is_closed()
    {
        Take("a");
        using (var held = Create("a", ":1"))
        {
            Assert.NotEqual("a", Take("a", ":1"));
            SessionSealer.Seal(held, TestSpool.At(1), "complete");
        }

        Assert.NotEqual("a", Take("a", ":1"));
    }

    [Fact]
    public void The_longest_id_stays_an_id()
    {
        var longest = new string('a', 128);
        Take(longest);

        Assert.True(SpoolRoot.IsId(Take(longest)));
    }

    private string Take(string id, string systemSession = ":1") => new UsedIds(_spool).Take(id, systemSession);

    private void Leave(string id, string systemSession) => Create(id, systemSession).Dispose();

    private SpoolSession Create(string id, string systemSession) => _spool.Create(TestSpool.Document(id) with { SystemSession = systemSession });
}
