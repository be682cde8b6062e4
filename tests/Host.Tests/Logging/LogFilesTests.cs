using Microsoft.Extensions.Logging;

namespace SessionRecorder.Tests.Logging;

public sealed class LogFilesTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_full_file_is_followed_by_the_next_and_lines_are_never_cut()
    {
        using var loggers = _folder.Loggers(_folder.Files(maxBytes: 1000));
        var logger = loggers.CreateLogger("any");
        for (var i = 0; i < 20; i++)
        {
            logger.LogInformation("line {Number}", i);
        }

        Assert.InRange(_folder.Names.Count, 3, 5);
        Assert.Equal("000000.jsonl", _folder.Names[0]);
        Assert.All(_folder.Names, name => Assert.InRange(_folder.Read(name).Length, 1, 1000));
        Assert.Equal(Enumerable.Range(0, 20), _folder.Lines.Select(line => line.GetProperty("values").GetProperty("Number").GetInt32()));
    }

    [Fact]
    public void The_oldest_files_go_when_there_are_as_many_as_there_may_be()
    {
        using var files = _folder.Files(maxBytes: 10, maxFiles: 3);
        for (var i = 0; i < 7; i++)
        {
            Assert.True(files.TryWrite("0123456789\n"u8));
        }

        Assert.Equal(["000004.jsonl", "000005.jsonl", "000006.jsonl"], _folder.Names);
    }

    [Fact]
    public void What_no_sink_has_yet_never_goes_and_what_finds_no_room_is_counted()
    {
        using var files = _folder.Files(maxBytes: 100, maxFiles: 2, keepsAll: true);
        using var loggers = _folder.Loggers(files);
        var logger = loggers.CreateLogger("any");
        for (var i = 0; i < 5; i++)
        {
            logger.LogInformation("line {Number} that is long enough to fill a file by itself", i);
        }

        Assert.Equal(["000000.jsonl", "000001.jsonl"], _folder.Names);
        Assert.Equal([0, 1], _folder.Lines.Select(line => line.GetProperty("values").GetProperty("Number").GetInt32()));

        files.MayRemove(0);
        logger.LogInformation("line {Number}", 5);

        Assert.Equal(["000001.jsonl", "000002.jsonl"], _folder.Names);
        Assert.Equal(["line 1 that is long enough to fill a file by itself", "3 lines before this one could not be written", "line 5"],
            _folder.Lines.Select(line => line.GetProperty("message").GetString()));
    }

    [Fact]
    public void Another_process_goes_on_behind_the_last_file_and_changes_none()
    {
        using (var first = _folder.Files())
        {
            first.TryWrite("one\n"u8);
        }

        using var second = _folder.Files();
        Assert.Equal([0], second.FindClosed());
        second.TryWrite("two\n"u8);

        Assert.Equal(("one\n", "two\n"), (_folder.Read("000000.jsonl"), _folder.Read("000001.jsonl")));
        Assert.Equal([0], second.FindClosed());
        second.Close();
        Assert.Equal([0, 1], second.FindClosed());
    }

    [Fact]
    public void A_number_that_is_stored_already_is_not_given_again_though_its_file_is_gone()
    {
        using var files = _folder.Files();
        files.SkipTo(5);

        files.TryWrite("one\n"u8);

        Assert.Equal(["000005.jsonl"], _folder.Names);
    }

    [Fact]
    public void A_folder_that_is_gone_disturbs_nobody_who_logs()
    {
        using var gone = new LogFolder();
        var files = new SessionRecorder.Host.Logging.LogFiles(Path.Combine(gone.Path, "none"), keepsAll: false);
        using var loggers = gone.Loggers(files);

        loggers.CreateLogger("any").LogInformation("lost");

        Assert.Empty(files.FindClosed());
    }
}
