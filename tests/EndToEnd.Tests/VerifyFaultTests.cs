using System.Text.Json.Nodes;

namespace SessionRecorder.Tests;

/// <summary>Each test damages a copy of a good recording; verify must end with 5 and name the fault.</summary>
[Collection(typeof(SteadyRecordingUsers))]
public sealed class VerifyFaultTests(SteadyRecording recording)
{
    [Fact]
    public Task A_flipped_byte_in_a_segment_is_found() => ExpectFault(
        session =>
        {
            var path = session.PathOf(session.Manifest.Segments[2]);
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(path, bytes);
        },
        session => Path.GetFileName(session.Manifest.Segments[2].Key));

    [Fact]
    public Task A_missing_segment_is_found() => ExpectFault(
        session => File.Delete(session.PathOf(session.Manifest.Segments[1])),
        session => Path.GetFileName(session.Manifest.Segments[1].Key));

    [Fact]
    public Task An_extra_segment_is_found() => ExpectFault(
        session => File.Copy(
            session.PathOf(session.Manifest.Segments[0]), Path.Combine(session.Folder, "video", "000099-extra.mp4")),
        _ => "000099-extra.mp4");

    [Fact]
    public Task An_edited_manifest_is_found() => ExpectFault(
        session => EditManifest(session, manifest => manifest["user"] = "somebody-else"), _ => "manifest");

    [Fact]
    public Task A_gap_added_to_the_manifest_is_found() => ExpectFault(
        session => EditManifest(session, manifest => manifest["gaps"]!.AsArray().Add(new JsonObject
        {
            ["from"] = manifest["segments"]![1]!["startedAt"]!.GetValue<string>(),
            ["to"] = manifest["segments"]![2]!["startedAt"]!.GetValue<string>(),
            ["cause"] = "display-lost",
        })),
        _ => "manifest");

    [Fact]
    public Task A_segment_removed_with_its_line_in_the_manifest_is_found() => ExpectFault(
        session =>
        {
            File.Delete(session.PathOf(session.Manifest.Segments[^1]));
            EditManifest(session, manifest => manifest["segments"]!.AsArray().RemoveAt(session.Manifest.Segments.Count - 1));
        },
        _ => "manifest");

    [Fact]
    public Task An_edited_ledger_is_found() => ExpectFault(
        session => EditLedger(session, lines =>
        {
            var edited = lines.FindIndex(line => line.Contains("segment-closed", StringComparison.Ordinal));
            lines[edited] = lines[edited].Replace("\"frames\":", "\"frames\":1", StringComparison.Ordinal);
        }),
        _ => "ledger");

    [Fact]
    public Task A_ledger_cut_at_its_end_is_found() => ExpectFault(
        session => EditLedger(session, lines => lines.RemoveAt(lines.Count - 1)), _ => "ledger");

    [Fact]
    public Task A_ledger_cut_in_the_middle_of_a_line_is_found() => ExpectFault(
        session =>
        {
            var bytes = File.ReadAllBytes(session.LedgerPath);
            File.WriteAllBytes(session.LedgerPath, bytes[..(bytes.Length - 40)]);
        },
        _ => "ledger");

    [Fact]
    public Task A_ledger_that_lacks_a_line_is_found() => ExpectFault(
        session => EditLedger(session, lines => lines.RemoveAt(lines.Count / 2)), _ => "ledger");

    [Fact]
    public Task A_missing_ledger_is_found() => ExpectFault(session => File.Delete(session.LedgerPath), _ => "ledger");

    [Fact]
    public Task An_edited_session_description_is_found() => ExpectFault(
        session => File.WriteAllText(
            session.SessionPath, File.ReadAllText(session.SessionPath).Replace("\"user\"", "\"User\"", StringComparison.Ordinal)),
        _ => "session.json");

    private static void EditManifest(RecordedSession session, Action<JsonNode> edit)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(session.ManifestPath))!;
        edit(manifest);
        File.WriteAllText(session.ManifestPath, manifest.ToJsonString());
    }

    private static void EditLedger(RecordedSession session, Action<List<string>> edit)
    {
        var lines = File.ReadAllLines(session.LedgerPath).ToList();
        edit(lines);
        File.WriteAllText(session.LedgerPath, string.Join('\n', lines) + "\n");
    }

    private async Task ExpectFault(Action<RecordedSession> damage, Func<RecordedSession, string> name)
    {
        var take = await recording.TakeAsync();
        using var folder = new TemporaryFolder();
        var copy = take.Session.CopyTo(folder.FullName, take.Recorder.StorageDirectory);
        damage(copy);

        var result = await take.Recorder.RunAsync("verify", copy.Id, "--storage", folder.FullName);

        Expect.ExitCode(5, result);
        Assert.Contains(name(copy), result.Output + result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }
}
