using System.Diagnostics;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Spool;

public sealed class SpoolTests : IDisposable
{
    private readonly TestSpool _spool = new();

    public void Dispose() => _spool.Dispose();

    [Fact]
    public void The_spool_is_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix modes");
            return;
        }

        using var session = _spool.Root.Create(TestSpool.Document());
        const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var folder in (string[])[Path.Combine(_spool.Folder, "data"), _spool.Root.Path, session.Directory])
        {
            Assert.Equal(Owner, File.GetUnixFileMode(folder));
        }

        File.SetUnixFileMode(_spool.Root.Path, Owner | UnixFileMode.OtherRead);
        _ = new SpoolRoot(Path.Combine(_spool.Folder, "data"), TrustPolicy.Off);
        Assert.Equal(Owner, File.GetUnixFileMode(_spool.Root.Path));
    }

    [Fact]
    public void A_created_session_is_listed_and_opens_with_its_document_and_first_line()
    {
        string sha256;
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            sha256 = LedgerLine.HashOf(File.ReadAllBytes(Path.Combine(session.Directory, "session.json")));
            Assert.Equal(new SessionOpened("session-1", TestSpool.Start, sha256, "0.1.0"), session.Read(a => a.Opened));
        }

        Assert.Equal(["session-1"], _spool.Root.ListIds());
        using var again = _spool.Root.TryAcquire("session-1")!;
        Assert.Equal(sha256, again.Read(a => a.Opened!.SessionSha256));
        Assert.Equal(TestSpool.Document().Metadata, again.Document.Metadata);
        Assert.Equal("Zoë [admin]", again.Document.User);
    }

    [Fact]
    public void A_start_that_comes_to_nothing_leaves_no_folder_and_one_that_makes_a_session_leaves_it()
    {
        _spool.Root.TryHoldForStart("session-1")!.Dispose();
        Assert.Empty(Directory.EnumerateDirectories(_spool.Root.Path));

        using (_spool.Root.TryHoldForStart("session-1"))
        {
            _spool.Root.Create(TestSpool.Document()).Dispose();
        }

        Assert.Equal(["session-1"], _spool.Root.ListIds());
        using (_spool.Root.TryHoldForStart("session-1"))
        {
            Assert.Null(_spool.Root.TryHoldForStart("session-1"));
        }
    }

    [Fact]
    public void A_session_belongs_to_one_holder_at_a_time()
    {
        var session = _spool.Root.Create(TestSpool.Document());
        Assert.True(_spool.Root.IsHeld("session-1"));
        Assert.Null(_spool.Root.TryAcquire("session-1"));

        session.Dispose();

        Assert.False(_spool.Root.IsHeld("session-1"));
        using var mine = _spool.Root.TryAcquire("session-1");
        Assert.NotNull(mine);
    }

    [Fact]
    public async Task A_session_that_another_process_holds_cannot_be_taken()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "needs flock(1)");
        _spool.Root.Create(TestSpool.Document()).Dispose();
        var lockFile = Path.Combine(_spool.Root.Path, "session-1", "lock");
        var start = new ProcessStartInfo("/usr/bin/flock", ["-x", lockFile, "-c", "echo held; cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var other = Process.Start(start)!;
        try
        {
            Assert.Equal("held", await other.StandardOutput.ReadLineAsync());
            Assert.True(_spool.Root.IsHeld("session-1"));
            Assert.Null(_spool.Root.TryAcquire("session-1"));
        }
        finally
        {
            other.StandardInput.Close();
            await other.WaitForExitAsync();
        }

        using var mine = _spool.Root.TryAcquire("session-1");
        Assert.NotNull(mine);
    }

    [Fact]
    public async Task Looking_at_a_session_does_not_get_in_the_way_of_taking_it()
    {
        _spool.Root.Create(TestSpool.Document()).Dispose();
        using var stop = new CancellationTokenSource();
        var looker = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                _spool.Root.IsHeld("session-1");
                Thread.Yield();
            }
        });
        for (var i = 0; i < 50; i++)
        {
            using var session = _spool.Root.TryAcquire("session-1");
            Assert.NotNull(session);
        }

        await stop.CancelAsync();
        await looker;
    }

    [Fact]
    public void The_same_id_is_not_given_twice()
    {
        _spool.Root.Create(TestSpool.Document()).Dispose();

        var failure = Assert.Throws<SpoolException>(() => _spool.Root.Create(TestSpool.Document()));

        Assert.Contains("exists already", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["session-1"], _spool.Root.ListIds());
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".hidden")]
    public void An_id_that_leads_elsewhere_is_refused(string id)
    {
        Assert.Throws<SpoolException>(() => _spool.Root.Create(TestSpool.Document(id)));
        Assert.Throws<SpoolException>(() => _spool.Root.TryAcquire(id));
    }

    [Fact]
    public void A_session_without_a_ledger_gets_it_opened_when_it_is_taken_over()
    {
        var folder = Path.Combine(_spool.Root.Path, "session-2");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "session.json"), SessionJson.Serialize(TestSpool.Document("session-2")));

        using var session = _spool.Root.TryAcquire("session-2")!;

        Assert.Equal("session-2", session.Read(a => a.Opened!.SessionId));
        Assert.Equal(1, session.Ledger.Lines);
    }

    [Fact]
    public void A_damaged_session_is_told_and_the_others_go_on()
    {
        _spool.Root.Create(TestSpool.Document("broken")).Dispose();
        _spool.Root.Create(TestSpool.Document("whole")).Dispose();
        File.WriteAllText(Path.Combine(_spool.Root.Path, "broken", "session.json"), "{");

        Assert.Equal(["broken", "whole"], _spool.Root.ListIds());
        var failure = Assert.Throws<SpoolException>(() => _spool.Root.TryAcquire("broken"));
        Assert.Contains("session.json is not readable", failure.Message, StringComparison.Ordinal);
        Assert.False(_spool.Root.IsHeld("broken"));
        using var whole = _spool.Root.TryAcquire("whole");
        Assert.NotNull(whole);
    }

    [Fact]
    public void A_damaged_ledger_is_told_and_the_session_let_go()
    {
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            session.Record(new CaptureEnded(1, "failed", null));
        }

        var ledger = Path.Combine(_spool.Root.Path, "session-1", "ledger.jsonl");
        File.WriteAllText(ledger, File.ReadAllText(ledger).Replace("0.1.0", "0.1.1", StringComparison.Ordinal));

        Assert.Equal(2, Assert.Throws<LedgerException>(() => _spool.Root.TryAcquire("session-1")).Line);
        Assert.False(_spool.Root.IsHeld("session-1"));
    }

    [Fact]
    public void A_data_folder_that_cannot_be_made_is_told()
    {
        var file = Path.Combine(_spool.Folder, "file");
        File.WriteAllText(file, "");

        var failure = Assert.Throws<SpoolException>(() => new SpoolRoot(Path.Combine(file, "data"), TrustPolicy.Off));

        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_can_be_looked_at_while_it_is_held()
    {
        using var session = _spool.Root.Create(TestSpool.Document());
        TestSpool.AddSegment(session, 0);

        var (document, account) = _spool.Root.Inspect("session-1")!.Value;

        Assert.Equal("session-1", document.SessionId);
        Assert.Single(account.Segments);
        Assert.Null(_spool.Root.Inspect("session-2"));
    }

    [Fact]
    public void Session_time_goes_on_when_the_clock_was_set_back_while_nobody_watched()
    {
        using (var session = _spool.Root.Create(TestSpool.Document()))
        {
            _spool.Pass(60);
            session.Record(new CaptureEnded(1, "failed", null));
        }

        var earlier = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TestSpool.Start.AddSeconds(-3540));
        using var again = new SpoolRoot(Path.Combine(_spool.Folder, "data"), TrustPolicy.Off, earlier).TryAcquire("session-1")!;

        Assert.Equal(TestSpool.Start.AddSeconds(60), again.Clock.Now);
        Assert.Equal(TimeSpan.FromHours(-1), again.Read(a => a.ClockOffset));
    }

    [Fact]
    public void A_deleted_session_is_gone_and_what_its_links_point_to_is_not()
    {
        var outside = Path.Combine(_spool.Folder, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "precious"), "");
        var session = _spool.Root.Create(TestSpool.Document());
        TestSpool.AddSegment(session, 0);
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateSymbolicLink(Path.Combine(session.VideoDirectory, "link"), outside);
            File.CreateSymbolicLink(Path.Combine(session.Directory, "file"), Path.Combine(outside, "precious"));
        }

        session.DeleteSession();

        Assert.Empty(Directory.EnumerateFileSystemEntries(_spool.Root.Path));
        Assert.True(File.Exists(Path.Combine(outside, "precious")));
        Assert.Null(_spool.Root.TryAcquire("session-1"));
        _spool.Root.Create(TestSpool.Document()).Dispose();
    }

    [Fact]
    public void A_deletion_that_was_interrupted_is_no_session_and_is_finished_later()
    {
        _spool.Root.Create(TestSpool.Document()).Dispose();
        Directory.Move(
            Path.Combine(_spool.Root.Path, "session-1"), Path.Combine(_spool.Root.Path, ".deleted-session-1-abc"));

        Assert.Empty(_spool.Root.ListIds());
        _spool.Root.RemoveDeleted();
        Assert.Empty(Directory.EnumerateFileSystemEntries(_spool.Root.Path));
    }
}
