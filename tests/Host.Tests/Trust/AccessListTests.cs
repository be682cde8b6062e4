using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Trust;

/// <summary>The judgement of access lists, without a file system that has them.</summary>
public sealed class AccessListTests
{
    private const string System = "S-1-5-18";
    private const string Administrators = "S-1-5-32-544";
    private const string Users = "S-1-5-32-545";
    private const string Everyone = "S-1-1-0";
    private const uint FullControl = 0x1F01FF;
    private const uint ReadAndExecute = 0x1200A9;
    private const uint CreateFolders = 0x4;

    [Theory]
    [InlineData(2, 1001u, 6, "user 1001")]
    [InlineData(8, 100u, 7, "group 100")]
    [InlineData(4, uint.MaxValue, 6, "its group")]
    [InlineData(2, 1001u, 4, "")]
    [InlineData(2, 0u, 6, "")]
    public void A_posix_list_tells_who_may_write(ushort tag, uint id, ushort mask, string writer)
    {
        byte[] list = [2, 0, 0, 0, .. AclEntry.Bytes((tag, 6, id)), .. AclEntry.Bytes((0x10, mask, uint.MaxValue))];

        Assert.Equal(writer, PosixAcl.FindWriter(list, "/file"));
    }

    [Theory]
    [InlineData(new byte[] { 3, 0, 0, 0 })]
    [InlineData(new byte[] { 2, 0 })]
    [InlineData(new byte[] { 2, 0, 0, 0, 1 })]
    public void A_posix_list_of_unknown_form_is_not_taken_for_an_empty_one(byte[] list) =>
        Assert.Throws<IOException>(() => PosixAcl.FindWriter(list, "/file"));

    [Theory]
    [InlineData(System)]
    [InlineData(Administrators)]
    [InlineData("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464")]
    [InlineData("S-1-5-21-1-2-3-500")]
    public void On_windows_administrators_and_the_process_itself_may_do_everything(string sid) =>
        Assert.Null(WindowsAccess.FindProblem(sid, [Allow(sid, FullControl), Allow(Users, ReadAndExecute)], "S-1-5-21-1-2-3-500", true));

    [Fact]
    public void On_windows_an_owner_without_administrator_rights_is_refused() => Assert.Equal(
        "is owned by S-1-5-21-1-2-3-1001", WindowsAccess.FindProblem("S-1-5-21-1-2-3-1001", [], System, true));

    [Fact]
    public void On_windows_no_list_lets_everybody_write() =>
        Assert.NotNull(WindowsAccess.FindProblem(System, null, System, true));

    [Theory]
    [InlineData(0x2u)]
    [InlineData(0x4u)]
    [InlineData(0x40u)]
    [InlineData(0x10000u)]
    [InlineData(0x40000u)]
    [InlineData(0x80000u)]
    [InlineData(0x10000000u)]
    [InlineData(0x40000000u)]
    public void On_windows_each_right_that_changes_an_item_is_refused(uint right) => Assert.Equal(
        $"can be written by {Everyone}", WindowsAccess.FindProblem(System, [Allow(Everyone, right)], System, true));

    [Fact]
    public void On_windows_a_folder_above_may_let_others_add_folders_and_not_remove_what_is_there()
    {
        Assert.Null(WindowsAccess.FindProblem(System, [Allow(Users, ReadAndExecute | CreateFolders)], System, false));
        Assert.NotNull(WindowsAccess.FindProblem(System, [Allow(Users, 0x40)], System, false));
        Assert.NotNull(WindowsAccess.FindProblem(System, [Allow(Users, 0x10000)], System, false));
    }

    [Fact]
    public void On_windows_what_is_for_the_folders_below_alone_and_denials_count_for_nothing()
    {
        Assert.Null(WindowsAccess.FindProblem(System, [new(Users, FullControl, Allows: true, InheritOnly: true)], System, true));
        Assert.Null(WindowsAccess.FindProblem(System, [new(Users, FullControl, Allows: false, InheritOnly: false)], System, true));
    }

    private static WindowsAccessEntry Allow(string sid, uint rights) => new(sid, rights, Allows: true, InheritOnly: false);
}
