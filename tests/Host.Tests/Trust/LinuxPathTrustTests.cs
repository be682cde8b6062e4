using System.Runtime.Versioning;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Trust;

[SupportedOSPlatform("linux")]
public sealed class LinuxPathTrustTests : IDisposable
{
    private const UnixFileMode GroupWritable = TrustFolder.Closed | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly TrustFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_root_alone_can_write_is_trusted()
    {
        _folder.Folder("a");
        _folder.Folder("a/b", TrustFolder.Closed | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

        Assert.Null(Find(_folder.MakeFile("a/b/file")));
        Assert.Null(Find("/"));
        Assert.Null(Find("/usr/bin/env"));
    }

    [Fact]
    public void What_is_not_there_is_trusted_when_its_folder_is()
    {
        Assert.Null(Find(_folder["a/b/c"]));
        Assert.Equal(_folder["open"], FindPath(Path.Combine(_folder.Folder("open", TrustFolder.Everybody), "missing")));
    }

    [Fact]
    public void A_file_of_another_user_is_named_with_its_owner_and_the_cure()
    {
        var file = _folder.MakeFile("it's a file", owner: TrustFolder.Stranger);

        var fault = Find(file);

        Assert.Equal(file, fault!.Path);
        Assert.Equal("is owned by user 54321", fault.Problem);
        var quoted = $"'{_folder.Path}/it'\\''s a file'";
        Assert.Equal($"chown root:root {quoted} && chmod go-w {quoted}", fault.Cure);
    }

    [Theory]
    [InlineData(UnixFileMode.OtherWrite, "every user")]
    [InlineData(UnixFileMode.GroupWrite, "its group")]
    public void A_file_that_others_can_write_is_refused(UnixFileMode right, string who)
    {
        var fault = Find(_folder.MakeFile("file", UnixFileMode.UserRead | right));

        Assert.Contains(who, fault!.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, TrustFolder.Everybody)]
    [InlineData(false, GroupWritable)]
    [InlineData(true, TrustFolder.Closed)]
    public void A_folder_above_that_others_can_write_is_named(bool isTheirs, UnixFileMode mode)
    {
        var above = _folder.Folder("above", mode, isTheirs ? TrustFolder.Stranger : 0);
        _folder.Folder("above/below");

        Assert.Equal(above, FindPath(_folder.MakeFile("above/below/file")));
    }

    [Fact]
    public void In_a_sticky_folder_what_root_owns_is_trusted_and_what_others_own_is_not()
    {
        _folder.Folder("tmp", TrustFolder.Sticky);
        _folder.Folder("tmp/ours");
        _folder.Folder("tmp/theirs", owner: TrustFolder.Stranger);

        Assert.Null(Find(_folder.MakeFile("tmp/ours/file")));
        Assert.Null(Find(_folder.MakeFile("tmp/file")));
        Assert.Equal(_folder["tmp/theirs"], FindPath(_folder.MakeFile("tmp/theirs/file")));
    }

    [Fact]
    public void A_sticky_folder_itself_is_refused_for_anybody_can_put_something_into_it() =>
        Assert.Equal(_folder["tmp"], FindPath(_folder.Folder("tmp", TrustFolder.Sticky)));

    [Fact]
    public void A_sticky_folder_of_another_user_is_refused_for_its_owner_may_rename_everything_in_it()
    {
        _folder.Folder("tmp", TrustFolder.Sticky, TrustFolder.Stranger);

        Assert.Equal(_folder["tmp"], FindPath(_folder.MakeFile("tmp/file")));
    }

    [Fact]
    public void Links_are_followed_one_by_one_and_every_folder_on_the_way_is_looked_at()
    {
        _folder.Folder("open", TrustFolder.Everybody);
        _folder.Folder("open/closed");
        _folder.MakeFile("open/closed/file");
        _folder.MakeFile("good");
        _folder.Link("second", _folder["open/closed"]);
        _folder.Link("first", "second");
        _folder.Link("to-good", "./good");

        Assert.Equal(_folder["open"], FindPath(_folder["first/file"]));
        Assert.Null(Find(_folder["to-good"]));
    }

    [Fact]
    public void A_link_of_another_user_is_refused_wherever_it_leads()
    {
        _folder.Folder("tmp", TrustFolder.Sticky);
        _folder.MakeFile("good");
        var link = _folder.Link("tmp/link", _folder["good"], TrustFolder.Stranger);

        var fault = Find(link);

        Assert.Equal(link, fault!.Path);
        Assert.Equal($"chown -h root:root {link}", fault.Cure);
    }

    [Fact]
    public void Two_dots_mean_what_they_mean_to_the_kernel()
    {
        _folder.Folder("open", TrustFolder.Everybody);
        _folder.Folder("open/deep");
        _folder.Folder("good");
        _folder.MakeFile("good/file");
        _folder.MakeFile("open/file");
        _folder.Link("good/link", "../open/deep");

        // good/link/../file is open/file to the kernel, and good/file to who merely strikes out names.
        Assert.Equal(_folder["open"], FindPath(_folder["good/link/../file"]));
        Assert.Null(Find(_folder["good/../good/file"]));
    }

    [Fact]
    public void A_policy_looks_at_both_meanings_of_two_dots()
    {
        _folder.Folder("good");
        _folder.Folder("good/deep");
        _folder.Folder("open", TrustFolder.Everybody);
        _folder.MakeFile("open/file");
        _folder.MakeFile("good/file");
        _folder.Link("open/link", "../good/deep");
        _folder.Folder("plain");
        _folder.Link("plain/link", "../good/deep");
        _folder.MakeFile("plain/file", owner: TrustFolder.Stranger);
        var trust = new TrustPolicy(new LinuxPathTrust());

        Assert.Null(Find(_folder["plain/link/../file"]));
        var refused = Assert.Throws<TrustException>(() => trust.Require("the file", _folder["plain/link/../file"]));
        Assert.Equal(_folder["plain/file"], refused.Path);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData(".")]
    public void A_link_to_a_folder_above_is_looked_at_like_any_other(string target)
    {
        _folder.Folder("tmp", TrustFolder.Sticky);
        _folder.Folder("tmp/in");

        Assert.Equal(target == "/" ? null : _folder["tmp"], FindPath(_folder.Link(target == ".." ? "tmp/in/link" : "tmp/link", target)));
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        _folder.Link("a", "b");
        _folder.Link("b", "a");

        Assert.Contains("too many links", Find(_folder["a"])!.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 54321u, "user 54321")]
    [InlineData(4, 54321u, null)]
    [InlineData(6, 0u, null)]
    public void An_access_list_that_lets_another_write_is_refused(ushort rights, uint user, string? writer)
    {
        var file = _folder.MakeFile("file");
        TrustFolder.SetAcl(file, (1, 6, uint.MaxValue), (2, rights, user), (4, 4, uint.MaxValue), (0x10, 6, uint.MaxValue), (0x20, 0, uint.MaxValue));

        var fault = Find(file);

        Assert.Equal(writer is null, fault is null);
        Assert.True(writer is null || fault!.Problem.Contains(writer, StringComparison.Ordinal));
        Assert.True(writer is null || fault!.Cure.StartsWith($"setfacl -b {file}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_is_looked_at_with_all_that_is_in_it()
    {
        _folder.Folder("plugin");
        _folder.Folder("plugin/runtimes");
        _folder.MakeFile("plugin/plugin.dll");
        var trust = new TrustPolicy(new LinuxPathTrust());
        trust.RequireTree("the plugin", _folder["plugin"]);

        var file = _folder.MakeFile("plugin/runtimes/native.so", owner: TrustFolder.Stranger);
        var refused = Assert.Throws<TrustException>(() => trust.RequireTree("the plugin", _folder["plugin"]));

        Assert.Equal(file, refused.Path);
        Assert.Equal((FailureScope.Host, false), (refused.Scope, refused.IsTransient));
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"chown root:root {file}", refused.Remedy, StringComparison.Ordinal);
    }

    private static PathFault? Find(string path) => new LinuxPathTrust().FindFault(path);

    private static string? FindPath(string path) => Find(path)?.Path;
}
