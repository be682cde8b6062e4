using System.Runtime.Versioning;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class CheckTests
{
    [Fact]
    public async Task A_folder_with_room_is_fine_and_the_check_leaves_nothing()
    {
        using var folder = new Folder("size=2g");

        var finding = await CheckAsync(folder.Path);

        Assert.Equal(new Finding(FindingLevel.Ok, $"storage {folder.Path}", "writable, 2.0 GiB free"), finding);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task A_folder_that_would_be_created_is_fine_and_is_not_there_afterwards()
    {
        using var folder = new Folder("size=2g");

        Assert.Equal(FindingLevel.Ok, (await CheckAsync(folder.At("a", "b"))).Level);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Little_room_is_a_warning()
    {
        using var folder = new Folder("size=10m");

        var finding = await CheckAsync(folder.Path);

        Assert.Equal(FindingLevel.Warning, finding.Level);
        Assert.NotNull(finding.Remedy);
    }

    [Theory]
    [InlineData("full")]
    [InlineData("read-only")]
    [InlineData("file")]
    public async Task A_folder_that_cannot_be_written_to_is_a_problem_with_a_remedy(string fault)
    {
        using var folder = new Folder("size=64k");
        var path = folder.Path;
        switch (fault)
        {
            case "full":
                Assert.Throws<IOException>(() => File.WriteAllBytes(folder.At("filler"), new byte[1_000_000]));
                break;
            case "read-only":
                folder.Remount("ro");
                break;
            default:
                path = folder.At("file");
                await File.WriteAllTextAsync(path, "");
                break;
        }

        var finding = await CheckAsync(path);

        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Contains(path, finding.Message, StringComparison.Ordinal);
        Assert.NotNull(finding.Remedy);
        Assert.DoesNotContain(folder.Files, file => file.Contains(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite, true)]
    [InlineData(UnixFileMode.OtherWrite, true)]
    [InlineData(UnixFileMode.OtherRead, false)]
    [UnsupportedOSPlatform("windows")]
    public async Task A_folder_that_others_can_write_is_warned_of(UnixFileMode right, bool isWarned)
    {
        using var folder = new Folder();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | right);

        var findings = await new LocalStorageCheck(Folder.PathsOf(folder.Path)).CheckAsync(CancellationToken.None).ToListAsync();

        Assert.Equal(isWarned, findings.Any(finding => finding.Message.Contains("can write there", StringComparison.Ordinal)));
        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
    }

    private static async Task<Finding> CheckAsync(string path) =>
        await new LocalStorageCheck(Folder.PathsOf(path)).CheckAsync(CancellationToken.None).SingleAsync();
}
