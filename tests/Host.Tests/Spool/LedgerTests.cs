using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Tests.Spool;

public sealed class LedgerTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 8, 2, 24, 123, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("ledger-test-").FullName;

    private string LedgerFile => Path.Combine(_folder, "ledger.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_line_holds_number_time_chain_and_fact_in_this_order()
    {
        using (var ledger = Open())
        {
            ledger.Append(new SessionOpened("s", At, "ab", "0.1.0"), At);
            ledger.Append(new CaptureEnded(1, "display-lost", "exit code 0 + \"quote\" – ü"), At.AddTicks(9_999));
        }

        var lines = File.ReadAllLines(LedgerFile);
        Assert.Equal(
            """{"seq":0,"at":"2026-11-23T08:02:24.123Z","prev":"0000000000000000000000000000000000000000000000000000000000000000","fact":"""
            + """
              "session-opened","sessionId":"s","startedAt":"2026-11-23T08:02:24.123Z","sessionSha256":"ab","recorder":"0.1.0"}
              """,
            lines[0]);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines[0])));
        Assert.Equal(
            $$"""{"seq":1,"at":"2026-11-23T08:02:24.124Z","prev":"{{hash}}","fact":"""
            + """
              "capture-ended","capture":1,"end":"display-lost","detail":"exit code 0 + \"quote\" – ü"}
              """,
            lines[1]);
    }

    [Fact]
    public void Every_kind_of_fact_comes_back_as_it_was_written()
    {
        var monitor = new LedgerMonitor("HDMI-1", -1280, 0, 1280, 720, 1.25, true);
        LedgerFact[] facts =
        [
            new SessionOpened("s", At, "ab", "0.1.0"),
            new CaptureStarted(1, At, "1280x720+0+0", 5, "x11grab", "libx264", "ffmpeg 5.1.9", 4711, "t"),
            new CaptureEnded(1, "failed", null),
            new SegmentClosed(0, 1, "video/000000-x.mp4", At, 9.8, 49, 1280, 720, 4711, "cd"),
            new FileSetAside("c000001-000001.mp4", "no video"),
            new GapOpened(1, At, GapCause.DiskFull, null),
            new GapClosed(1, At, At.AddSeconds(1.5)),
            new ClockChanged(At, -3600.25),
            new Uploaded("vault", "video/000000-x.mp4", "cd"),
            new UploadRefused("vault", "manifest.json", "denied"),
            new SessionRecovered(At, At, 2, true),
            new SessionSealed(At, "complete", "ef"),
        ];
        using (var ledger = Open())
        {
            foreach (var fact in facts)
            {
                ledger.Append(fact, At);
            }

            ledger.Append(new DisplayChanged(At, [monitor]), At);
        }

        var read = Read();

        Assert.Equal(facts, read.Take(facts.Length).Select(line => line.Fact!));
        Assert.Equal([monitor], ((DisplayChanged)read[^1].Fact!).Monitors);
        Assert.All(read, line => Assert.Equal(At, line.At));
    }

    [Fact]
    public void An_opened_ledger_goes_on_where_it_ended()
    {
        for (var i = 0; i < 3; i++)
        {
            using var ledger = Open();
            Assert.Equal(i, ledger.Lines);
            ledger.Append(new CaptureEnded(i, "stopped", null), At);
        }

        Assert.Equal([0, 1, 2], Read().Select(line => ((CaptureEnded)line.Fact!).Capture));
    }

    [Theory]
    [InlineData("{\"seq\":2,\"at\":\"2026-11-")]
    [InlineData("{\"seq\":2,\"at\":\"2026-11-\n")]
    [InlineData("\0\0\0\0\0\0\0\0")]
    [InlineData("\0\0\0\n\0\0")]
    [InlineData("\n")]
    public void A_torn_end_is_cut_off_and_the_chain_goes_on(string torn)
    {
        Append(2);
        var whole = new FileInfo(LedgerFile).Length;
        File.AppendAllText(LedgerFile, torn);

        using (var ledger = Open())
        {
            Assert.Equal(2, ledger.Lines);
            Assert.Equal(whole, new FileInfo(LedgerFile).Length);
            ledger.Append(new CaptureEnded(2, "stopped", null), At);
        }

        Assert.Equal(3, Read().Count);
    }

    [Fact]
    public void A_ledger_cut_at_any_byte_opens_with_the_lines_that_are_whole()
    {
        Append(3);
        var bytes = File.ReadAllBytes(LedgerFile);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(LedgerFile, bytes[..length]);
            using var ledger = Open();
            Assert.Equal(bytes[..length].Count(b => b == '\n'), ledger.Lines);
        }
    }

    [Fact]
    public void A_changed_byte_before_the_last_line_is_told_with_its_line()
    {
        Append(4);
        var bytes = File.ReadAllBytes(LedgerFile);
        var lastLine = bytes.AsSpan(..^1).LastIndexOf((byte)'\n') + 1;
        // But for the newline before it: without that, the last two are one line that is no JSON, which is a torn end.
        for (var i = 0; i < lastLine - 1; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            File.WriteAllBytes(LedgerFile, changed);

            var failure = Assert.Throws<LedgerException>(() => Open().Dispose());

            // The line itself, or the next one, whose chain it breaks.
            var line = bytes[..i].Count(b => b == '\n') + 1;
            Assert.InRange(failure.Line, line, line + 1);
            Assert.NotEmpty(failure.Reason);
        }
    }

    [Fact]
    public void A_line_that_was_taken_out_is_told()
    {
        Append(4);
        var lines = File.ReadAllLines(LedgerFile);
        File.WriteAllText(LedgerFile, $"{lines[0]}\n{lines[2]}\n{lines[3]}\n");

        var failure = Assert.Throws<LedgerException>(() => Open().Dispose());

        Assert.Equal(2, failure.Line);
        Assert.Contains("missing", failure.Reason, StringComparison.Ordinal);
        Assert.Contains(LedgerFile, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_a_later_version_wrote_are_kept_and_chained()
    {
        Append(1);
        var first = File.ReadAllText(LedgerFile).TrimEnd('\n');
        var prev = LedgerLine.HashOf(Encoding.UTF8.GetBytes(first));
        var unknown = $$$"""{"seq":1,"at":"2026-11-23T08:02:25.000Z","prev":"{{{prev}}}","fact":"mouse-moved","x":{"y":[1]}}""";
        File.AppendAllText(LedgerFile, unknown + "\n");
        using (var ledger = Open())
        {
            ledger.Append(new CaptureEnded(2, "stopped", null), At);
        }

        var lines = Read();
        Assert.Equal("mouse-moved", lines[1].Kind);
        Assert.Null(lines[1].Fact);
        Assert.IsType<CaptureEnded>(lines[2].Fact);
    }

    [Fact]
    public void A_known_fact_without_one_of_its_fields_is_told()
    {
        Append(1);
        var prev = LedgerLine.HashOf(Encoding.UTF8.GetBytes(File.ReadAllText(LedgerFile).TrimEnd('\n')));
        File.AppendAllText(
            LedgerFile, $$"""{"seq":1,"at":"2026-11-23T08:02:25.000Z","prev":"{{prev}}","fact":"gap-opened","gap":1}""" + "\n");

        var failure = Assert.Throws<LedgerException>(() => Open().Dispose());

        Assert.Equal((2, "it is not a whole fact of the kind 'gap-opened'"), (failure.Line, failure.Reason));
    }

    [Fact]
    public void A_full_disk_leaves_no_half_line_and_loses_no_fact()
    {
        RefusingFile? file = null;
        using (var ledger = Ledger.Open(LedgerFile, _ => { }, path => file = new RefusingFile(path)))
        {
            ledger.Append(new CaptureEnded(0, "stopped", null), At);
            var whole = file!.Length;
            file.Room = 100;
            ledger.Append(new CaptureEnded(1, "stopped", null), At);
            ledger.Append(new CaptureEnded(2, "stopped", null), At);

            Assert.True(ledger.HasPending);
            Assert.Equal("No space left on device", ledger.PendingFailure!.Message);
            Assert.Equal(whole, new FileInfo(LedgerFile).Length);
            Assert.False(ledger.TryFlushPending());

            file.Room = long.MaxValue;
            ledger.Append(new CaptureEnded(3, "stopped", null), At);

            Assert.False(ledger.HasPending);
            Assert.Null(ledger.PendingFailure);
        }

        Assert.Equal([0, 1, 2, 3], Read().Select(line => ((CaptureEnded)line.Fact!).Capture));
    }

    [Fact]
    public void Space_that_came_back_is_used_without_a_further_fact()
    {
        RefusingFile? file = null;
        using (var ledger = Ledger.Open(LedgerFile, _ => { }, path => file = new RefusingFile(path) { Room = 10 }))
        {
            ledger.Append(new CaptureEnded(0, "stopped", null), At);
            file!.Room = long.MaxValue;
            Assert.True(ledger.TryFlushPending());
        }

        Assert.Single(Read());
    }

    [Fact]
    public void Half_a_line_that_could_not_be_cut_is_cut_before_anything_else_is_written()
    {
        RefusingFile? file = null;
        using (var ledger = Ledger.Open(LedgerFile, _ => { }, path => file = new RefusingFile(path) { Room = 10 }))
        {
            file!.RefusesToShrink = true;
            ledger.Append(new CaptureEnded(0, "stopped", null), At);
            Assert.Equal(10, new FileInfo(LedgerFile).Length);
            file.Room = long.MaxValue;
            Assert.False(ledger.TryFlushPending());

            file.RefusesToShrink = false;
            Assert.True(ledger.TryFlushPending());
        }

        Assert.Single(Read());
    }

    [Fact]
    public void Facts_from_many_threads_make_one_chain()
    {
        using (var ledger = Open())
        {
            Parallel.For(0, 200, i => ledger.Append(new CaptureEnded(i, "stopped", null), At));
        }

        var read = Read();
        Assert.Equal(Enumerable.Range(0, 200), read.Select(line => ((CaptureEnded)line.Fact!).Capture).Order());
    }

    [Fact]
    public void The_stored_part_ends_with_the_sealing_line_whatever_follows()
    {
        using var ledger = Open();
        ledger.Append(new CaptureEnded(0, "stopped", null), At);
        Assert.Null(ledger.Seal);
        ledger.Append(new SessionSealed(At, "complete", "ab"), At);
        var sealedBytes = File.ReadAllBytes(LedgerFile);
        ledger.Append(new Uploaded("vault", "ledger.jsonl", "cd"), At);

        using var stored = ledger.OpenSealed();
        var read = new MemoryStream();
        stored.CopyTo(read);
        Assert.Equal(sealedBytes, read.ToArray());
        Assert.Equal(sealedBytes.Length, stored.Length);
        Assert.Equal(sealedBytes.Length, ledger.Seal!.Length);
        Assert.Equal(LedgerLine.HashOf(Encoding.UTF8.GetBytes(File.ReadAllLines(LedgerFile)[1])), ledger.Seal.Hash);
        stored.Position = 5;
        Assert.Equal(sealedBytes[5], stored.ReadByte());
        Assert.Equal(sealedBytes.Length - 1, stored.Seek(-1, SeekOrigin.End));
    }

    [Fact]
    public void A_line_is_one_line_of_json_whatever_its_texts_hold()
    {
        using (var ledger = Open())
        {
            ledger.Append(new CaptureEnded(1, "failed", "a\nb\r\0\u2028\u001b[31m"), At);
        }

        var line = Assert.Single(File.ReadAllText(LedgerFile).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        using var document = JsonDocument.Parse(line);
        Assert.Equal("a\nb\r\0\u2028\u001b[31m", document.RootElement.GetProperty("detail").GetString());
    }

    private Ledger Open() => Ledger.Open(LedgerFile, _ => { });

    private void Append(int count)
    {
        using var ledger = Open();
        for (var i = 0; i < count; i++)
        {
            ledger.Append(new CaptureEnded(i, "stopped", null), At);
        }
    }

    private List<LedgerLine> Read()
    {
        var lines = new List<LedgerLine>();
        Ledger.Open(LedgerFile, lines.Add).Dispose();
        return lines;
    }
}
