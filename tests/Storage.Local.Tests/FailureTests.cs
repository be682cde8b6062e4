using System.ComponentModel.DataAnnotations;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

public sealed class FailureTests
{
    [Fact]
    public async Task A_folder_that_goes_away_is_waited_for_and_not_made_anew_and_comes_back()
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        await sink.PutAsync(Folder.Put("session/session.json", "{}"), CancellationToken.None);
        Directory.Move(folder.At("session"), folder.At("elsewhere"));

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => sink.PutAsync(Folder.Put("session/video/0.mp4", "video"), CancellationToken.None));

        Assert.Equal((StorageFailure.Unreachable, true), (failure.Failure, failure.IsTransient));
        Assert.Equal(["elsewhere/session.json"], folder.Files);
        Directory.Move(folder.At("elsewhere"), folder.At("session"));
        await sink.PutAsync(Folder.Put("session/video/0.mp4", "video"), CancellationToken.None);
        Assert.Equal(["session/session.json", "session/video/0.mp4"], folder.Files);
    }

    [Fact]
    public async Task A_full_disk_is_transient_leaves_no_file_and_storing_goes_on_when_there_is_room()
    {
        using var folder = new Folder("size=256k");
        var sink = folder.Sink();
        await sink.PutAsync(Folder.Put("kept", new byte[100_000]), CancellationToken.None);

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => sink.PutAsync(Folder.Put("video/big", new byte[1_000_000]), CancellationToken.None));

        Assert.Equal((StorageFailure.Full, true, "video/big"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.Contains(folder.Path, failure.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.Equal(["kept"], folder.Files);

        folder.Remount("size=4m");
        await sink.PutAsync(Folder.Put("video/big", new byte[1_000_000]), CancellationToken.None);
        Assert.Equal(["kept", "video/big"], folder.Files);
    }

    [Fact]
    public async Task A_disk_without_room_for_another_file_is_full()
    {
        using var folder = new Folder("nr_inodes=4");
        var sink = folder.Sink();

        var failure = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                await sink.PutAsync(Folder.Put($"{i}", "x"), CancellationToken.None);
            }
        });

        Assert.Equal((StorageFailure.Full, true), (failure.Failure, failure.IsTransient));
    }

    [Fact]
    public async Task A_read_only_file_system_is_denied_for_good_and_can_still_be_read()
    {
        using var folder = new Folder("size=1m");
        var sink = folder.Sink();
        await sink.PutAsync(Folder.Put("old", "x"), CancellationToken.None);
        folder.Remount("ro");

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => sink.PutAsync(Folder.Put("new/k", "x"), CancellationToken.None));

        Assert.Equal((StorageFailure.Denied, false), (failure.Failure, failure.IsTransient));
        Assert.Contains("write access", failure.Remedy, StringComparison.Ordinal);
        Assert.Equal("old", (await sink.PutAsync(Folder.Put("old", "x"), CancellationToken.None)).Key);
        Assert.NotNull(await sink.FindAsync("old", CancellationToken.None));
    }

    [Fact]
    public async Task A_place_that_nobody_may_write_to_is_denied_for_good()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system that refuses root too");

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => Folder.SinkAt("/sys/recordings").PutAsync(Folder.Put("k", "x"), CancellationToken.None));

        Assert.Equal((StorageFailure.Denied, false), (failure.Failure, failure.IsTransient));
    }

    [Fact]
    public async Task A_root_that_is_a_file_is_invalid_for_everything()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.At("file"), "");
        var sink = Folder.SinkAt(folder.At("file"));

        Func<Task>[] calls =
        [
            () => sink.PutAsync(Folder.Put("k", "x"), CancellationToken.None),
            () => sink.FindAsync("k", CancellationToken.None),
            () => sink.OpenReadAsync("k", CancellationToken.None),
            async () => await sink.ListAsync("", CancellationToken.None).ToListAsync(),
        ];

        foreach (var call in calls)
        {
            var failure = await Assert.ThrowsAsync<StorageException>(call);
            Assert.Equal((StorageFailure.Invalid, false, null), (failure.Failure, failure.IsTransient, failure.Key));
            Assert.Contains("is a file", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("k/below")]
    [InlineData("folder")]
    public async Task A_key_where_a_file_cannot_lie_is_invalid(string key)
    {
        using var folder = new Folder();
        var sink = folder.Sink();
        await sink.PutAsync(Folder.Put("k", "x"), CancellationToken.None);
        await sink.PutAsync(Folder.Put("folder/k", "x"), CancellationToken.None);

        foreach (var replace in new[] { false, true })
        {
            var failure = await Assert.ThrowsAsync<StorageException>(
                () => sink.PutAsync(Folder.Put(key, "x", replace), CancellationToken.None));
            Assert.Equal((StorageFailure.Invalid, false), (failure.Failure, failure.IsTransient));
        }

        Assert.Null(await sink.FindAsync(key, CancellationToken.None));
        Assert.Equal(["folder/k", "k"], folder.Files);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../escape")]
    [InlineData("a/../../escape")]
    [InlineData("a//b")]
    [InlineData("a\\b")]
    [InlineData(".tmp-0123~")]
    public async Task A_key_that_breaks_the_rules_is_invalid(string key)
    {
        using var folder = new Folder();
        var sink = Folder.SinkAt(folder.At("root"));

        Func<Task>[] calls =
        [
            () => sink.PutAsync(Folder.Put(key, "x"), CancellationToken.None),
            () => sink.FindAsync(key, CancellationToken.None),
            () => sink.OpenReadAsync(key, CancellationToken.None),
        ];

        foreach (var call in calls)
        {
            var failure = await Assert.ThrowsAsync<StorageException>(call);
            Assert.Equal((StorageFailure.Invalid, false), (failure.Failure, failure.IsTransient));
        }

        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task A_name_longer_than_the_file_system_takes_is_invalid()
    {
        using var folder = new Folder();
        var key = new string('n', 300);

        var failure = await Assert.ThrowsAsync<StorageException>(
            () => folder.Sink().PutAsync(Folder.Put(key, "x"), CancellationToken.None));

        Assert.Equal((StorageFailure.Invalid, false), (failure.Failure, failure.IsTransient));
        Assert.Null(await folder.Sink().FindAsync(key, CancellationToken.None));
    }

    [Theory]
    [InlineData("link/k")]
    [InlineData("link")]
    [InlineData("linked-file")]
    [InlineData("dangling")]
    public async Task Links_below_the_root_lead_nowhere(string key)
    {
        using var folder = new Folder();
        using var outside = new Folder();
        await File.WriteAllTextAsync(outside.At("secret"), "s");
        Directory.CreateSymbolicLink(folder.At("link"), outside.Path);
        File.CreateSymbolicLink(folder.At("linked-file"), outside.At("secret"));
        File.CreateSymbolicLink(folder.At("dangling"), outside.At("not-yet"));
        var sink = folder.Sink();

        Func<Task>[] calls =
        [
            () => sink.PutAsync(Folder.Put(key, "x", replace: true), CancellationToken.None),
            () => sink.PutAsync(Folder.Put(key, "x"), CancellationToken.None),
            () => sink.FindAsync(key, CancellationToken.None),
            () => sink.OpenReadAsync(key, CancellationToken.None),
        ];

        foreach (var call in calls)
        {
            Assert.Equal(StorageFailure.Invalid, (await Assert.ThrowsAsync<StorageException>(call)).Failure);
        }

        Assert.Equal(["secret"], outside.Files);
        Assert.Equal("s", await File.ReadAllTextAsync(outside.At("secret")));
        Assert.Empty(await sink.ListAsync("", CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task The_root_itself_may_be_a_link()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(folder.At("real"));
        Directory.CreateSymbolicLink(folder.At("root"), folder.At("real"));
        var sink = Folder.SinkAt(folder.At("root"));

        await sink.PutAsync(Folder.Put("a/k", "x"), CancellationToken.None);

        Assert.True(File.Exists(folder.At("real", "a", "k")));
        Assert.Single(await sink.ListAsync("", CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task What_is_not_there_is_null_to_find_and_an_error_to_open()
    {
        using var folder = new Folder();
        var sink = Folder.SinkAt(folder.At("not", "there"));

        Assert.Null(await sink.FindAsync("a/k", CancellationToken.None));
        var failure = await Assert.ThrowsAsync<StorageException>(() => sink.OpenReadAsync("a/k", CancellationToken.None));

        Assert.Equal((StorageFailure.NoSuchObject, false, "a/k"), (failure.Failure, failure.IsTransient, failure.Key));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("relative/folder", false)]
    [InlineData("/srv/recordings", true)]
    public void The_folder_is_required_and_absolute(string path, bool isValid)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the paths are Linux's");
        var options = new LocalStorageOptions { Path = path };

        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), [], true));
    }
}
