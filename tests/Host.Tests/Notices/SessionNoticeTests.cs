using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Notices;
using SessionRecorder.Host.Spool;
using SessionRecorder.Tests.Spool;

namespace SessionRecorder.Tests.Notices;

/// <summary>What the session's user is told, and what the ledger says of it.</summary>
public sealed class SessionNoticeTests : IDisposable
{
    private readonly TestSpool _spool = new();
    private readonly SpoolSession _session;
    private readonly Board _board = new();
    private readonly NoticeOptions _options = new() { Show = NoticeShow.MessageBox, Text = "{user} is recorded on {host}." };

    public SessionNoticeTests() => _session = _spool.Root.Create(TestSpool.Document());

    public void Dispose()
    {
        _session.Dispose();
        _spool.Dispose();
    }

    [Fact]
    public async Task A_notice_is_shown_as_configured_and_stands_in_the_ledger()
    {
        await ShowAsync(_board);

        var notice = Assert.Single(_board.Shown);
        Assert.Equal(new UserNotice("ada is recorded on desk-1.", NoticeKind.MessageBox, TimeSpan.FromSeconds(30)), notice);
        var fact = Assert.Single(Facts("notice-shown"));
        Assert.Equal("window", (string?)fact["how"]);
        Assert.Equal("ada is recorded on desk-1.", (string?)fact["text"]);
        Assert.Empty(Facts("notice-failed"));
    }

    [Fact]
    public async Task Nothing_is_shown_by_default()
    {
        Assert.Equal(NoticeShow.None, new NoticeOptions().Show);
        _options.Show = NoticeShow.None;
        await ShowAsync(_board);

        Assert.Empty(_board.Shown);
        Assert.Empty(Facts("notice-shown"));
    }

    [Fact]
    public async Task A_session_that_is_continued_after_a_crash_is_told_once()
    {
        await ShowAsync(_board);
        await ShowAsync(_board);

        Assert.Single(_board.Shown);
    }

    [Fact]
    public async Task A_notice_that_could_not_be_shown_is_tried_again_when_the_session_is_continued()
    {
        _board.Failure = new DisplayException("no font\non this server", FailureScope.Session, isTransient: false);
        await ShowAsync(_board);
        Assert.Equal("no font on this server", (string?)Assert.Single(Facts("notice-failed"))["reason"]);

        _board.Failure = null;
        await ShowAsync(_board);
        Assert.Single(Facts("notice-shown"));
    }

    [Fact]
    public async Task A_display_plugin_without_notices_is_no_reason_to_fail()
    {
        await ShowAsync(null);

        Assert.Contains("display plugin", (string?)Assert.Single(Facts("notice-failed"))["reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_with_a_defect_is_no_reason_to_fail()
    {
        _board.Failure = new InvalidOperationException("a defect");
        await ShowAsync(_board);

        Assert.Single(Facts("notice-failed"));
    }

    [Fact]
    public async Task A_recording_that_ends_meanwhile_gets_nothing_into_its_account_any_more()
    {
        using var ended = new CancellationTokenSource();
        _board.Hang = true;
        var showing = Notice(_board).ShowAsync(ended.Token);
        await ended.CancelAsync();
        await showing.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Empty(Facts("notice-shown"));
        Assert.Empty(Facts("notice-failed"));
    }

    [Fact]
    public void A_name_is_put_in_as_it_is_without_its_control_characters()
    {
        var session = Session() with { User = "{host}\u0007\n\u001b[2J" + new string('x', 500) };

        Assert.Equal($"<{{host}}[2J{new string('x', 91)}> desk-1", NoticeText.For(session, "<{user}> {host}"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("   ", false)]
    [InlineData("Recorded.", true)]
    [InlineData("Two\nlines", true)]
    [InlineData("a tab\there", false)]
    [InlineData("a bell\u0007", false)]
    [InlineData("{user} on {host}", true)]
    [InlineData("{name}", false)]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16", false)]
    public void A_text_that_cannot_be_shown_is_a_configuration_error(string text, bool isValid)
    {
        var options = new NoticeOptions { Text = text };
        Assert.Equal(isValid, !options.Validate(new ValidationContext(options)).Any());
    }

    [Fact]
    public void A_text_has_a_longest_length()
    {
        var options = new NoticeOptions { Text = new string('x', 1001) };
        Assert.Single(options.Validate(new ValidationContext(options)));
    }

    private static UserSession Session() => new() { Id = "s", User = "ada", Host = "desk-1", SystemSession = ":0" };

    private SessionNotice Notice(IUserNotice? board) =>
        new(_options, board, Session(), _session, TimeProvider.System, NullLogger<SessionNotice>.Instance);

    private Task ShowAsync(IUserNotice? board) => Notice(board).ShowAsync(TestContext.Current.CancellationToken);

    private IReadOnlyList<System.Text.Json.Nodes.JsonNode> Facts(string kind) =>
    [
        .. File.ReadAllLines(Path.Combine(_session.Directory, "ledger.jsonl"))
            .Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!)
            .Where(line => (string?)line["fact"] == kind),
    ];

    private sealed class Board : IUserNotice
    {
        public List<UserNotice> Shown { get; } = [];

        public Exception? Failure { get; set; }

        public bool Hang { get; set; }

        public async Task<string> ShowAsync(UserNotice notice, CancellationToken cancellationToken)
        {
            if (Hang)
            {
                // A plugin that does not even heed its token.
                await Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None);
            }

            if (Failure is not null)
            {
                throw Failure;
            }

            Shown.Add(notice);
            return "window";
        }
    }
}
