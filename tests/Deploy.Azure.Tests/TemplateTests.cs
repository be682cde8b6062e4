using System.Text.Json;

namespace SessionRecorder.Tests;

/// <summary>deploy/azure: compiled by Bicep's own compiler, and what must not slip out of it.</summary>
public sealed class TemplateTests
{
    private const string DataActions = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/";

    public static TheoryData<string> Files => [.. Directory.GetFiles(Bicep.Templates, "*.bicep").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_template_compiles_without_a_word_from_the_compiler_or_the_linter(string file)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(Bicep.Templates, file);

        var linted = await Bicep.RunAsync(folder, "lint", path);
        var built = await Bicep.RunAsync(folder, "build", path, "--outfile", folder["template.json"]);

        Assert.True(linted is { ExitCode: 0, Output: "", Error: "" }, linted.ToString());
        Assert.True(built is { ExitCode: 0, Output: "", Error: "" }, built.ToString());
        Assert.True(new FileInfo(folder["template.json"]).Length > 500);
    }

    [Fact]
    public async Task A_template_with_a_warning_would_be_noticed()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["bad.bicep"], "param unused string\n");

        var linted = await Bicep.RunAsync(folder, "lint", folder["bad.bicep"]);

        Assert.Contains("no-unused-params", linted.Output + linted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_account_takes_TLS_alone_and_is_open_to_nobody_by_default()
    {
        var template = await Bicep.CompileAsync();
        var account = Properties(template, "account");

        Assert.Equal("TLS1_2", account.GetProperty("minimumTlsVersion").GetString());
        Assert.True(account.GetProperty("supportsHttpsTrafficOnly").GetBoolean());
        Assert.False(account.GetProperty("allowBlobPublicAccess").GetBoolean());
        Assert.False(template.GetProperty("parameters").GetProperty("allowSharedKey").GetProperty("defaultValue").GetBoolean());
        Assert.Equal("None", Properties(template, "container").GetProperty("publicAccess").GetString());
        Assert.True(Properties(template, "blobs").GetProperty("isVersioningEnabled").GetBoolean());
        Assert.True(Properties(template, "blobs").GetProperty("deleteRetentionPolicy").GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task Who_records_may_write_and_neither_read_nor_remove_versions_and_deletes_under_tail_alone()
    {
        var template = await Bicep.CompileAsync();

        var permission = Assert.Single(Properties(template, "recorderRole").GetProperty("permissions").EnumerateArray());
        Assert.Empty(permission.GetProperty("actions").EnumerateArray());
        var actions = permission.GetProperty("dataActions").GetString()!;
        Assert.Contains($"'{DataActions}add/action'", actions, StringComparison.Ordinal);
        Assert.Contains($"'{DataActions}write'", actions, StringComparison.Ordinal);
        Assert.DoesNotContain("blobs/read", actions, StringComparison.Ordinal);
        Assert.DoesNotContain("deleteBlobVersion", actions, StringComparison.Ordinal);
        var condition = Properties(template, "recorders").GetProperty("condition").GetString()!;
        Assert.Contains($"{DataActions}delete", condition, StringComparison.Ordinal);
        Assert.Contains("*/tail/*", condition, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_temporary_objects_are_marked_with_is_what_the_lifecycle_rule_looks_for()
    {
        var template = await Bicep.CompileAsync();

        var rules = Properties(template, "lifecycle").GetProperty("policy").GetProperty("rules").GetString()!;

        Assert.Contains("'session-recorder'", rules, StringComparison.Ordinal);
        Assert.Contains("'temporary'", rules, StringComparison.Ordinal);
    }

    private static JsonElement Properties(JsonElement template, string resource) =>
        template.GetProperty("resources").GetProperty(resource).GetProperty("properties");
}
