using SessionRecorder.Host.Policy;

namespace SessionRecorder.Tests.Policy;

public sealed class RecordingPolicyTests
{
    private static readonly UserSession Zoe = new() { Id = "s", User = "zoe", Domain = "CORP", Host = "h", SystemSession = "2" };

    [Fact]
    public void Everybody_is_recorded_by_default() => Assert.Null(Reason(new PolicyOptions()));

    [Theory]
    [InlineData("zoe")]
    [InlineData("ZOE")]
    [InlineData("z*")]
    [InlineData("?oe")]
    [InlineData(@"corp\zoe")]
    [InlineData(@"CORP\*")]
    public void A_user_whom_a_pattern_names_is_recorded(string pattern) =>
        Assert.Null(Reason(new PolicyOptions { Users = ["nobody", pattern] }));

    [Theory]
    [InlineData("zo")]
    [InlineData(@"OTHER\zoe")]
    [InlineData(@"*\nobody")]
    [InlineData("zoe?")]
    public void A_user_whom_no_pattern_names_is_not_and_the_reason_says_so(string pattern)
    {
        var reason = Reason(new PolicyOptions { Users = [pattern] });
        Assert.Contains("zoe", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_counts_more_than_a_pattern_that_includes()
    {
        var reason = Reason(new PolicyOptions { Users = ["*"], ExceptUsers = ["z*"] });
        Assert.Contains("ExceptUsers: z*", reason, StringComparison.Ordinal);
        Assert.Contains("ExceptGroups: admins", Reason(new PolicyOptions { ExceptGroups = ["admins"] }, "users", "Admins"), StringComparison.Ordinal);
    }

    [Fact]
    public void Membership_counts_as_much_as_a_name()
    {
        var policy = new PolicyOptions { Users = ["nobody"], Groups = ["contract*"] };
        Assert.Null(Reason(policy, "users", "Contractors"));
        Assert.NotNull(Reason(policy, "users"));
    }

    [Fact]
    public void Who_cannot_be_looked_up_is_recorded_rather_than_not()
    {
        var unknown = new RecordingPolicy(
            new PolicyOptions { Users = ["nobody"], Groups = ["contractors"], ExceptGroups = ["admins"] }, new UnknownGroups());
        Assert.Null(unknown.ReasonAgainst(Zoe, "local"));
    }

    [Fact]
    public void Only_the_platforms_named_are_recorded_on()
    {
        Assert.NotNull(Reason(new PolicyOptions { Platforms = ["appstream"] }));
        Assert.Null(Reason(new PolicyOptions { Platforms = ["appstream", "LOCAL"] }));
    }

    [Fact]
    public void A_users_groups_are_those_that_the_system_tells()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Linux' own lookup");
            return;
        }

        var groups = new LinuxGroups().Of(Zoe with { User = "root" });
        Assert.Contains(new UserGroup("root", null), groups!);
        Assert.Null(new LinuxGroups().Of(Zoe with { User = "no-such-user-\u00e9 ../x" }));
    }

    private static string? Reason(PolicyOptions options, params string[] groups) =>
        new RecordingPolicy(options, new Groups(groups)).ReasonAgainst(Zoe, "local");

    private sealed class Groups(string[] names) : IUserGroups
    {
        public IReadOnlyList<UserGroup>? Of(UserSession session) => [.. names.Select(name => new UserGroup(name, null))];
    }
}
