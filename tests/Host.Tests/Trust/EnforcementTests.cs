using System.Collections;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SessionRecorder.Host.Commands;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Trust;

/// <summary>Where the host asks, and what comes of a refusal.</summary>
[SupportedOSPlatform("linux")]
public sealed class EnforcementTests : IDisposable
{
    private readonly TrustFolder _folder = new();
    private readonly TrustPolicy _trust = new(new LinuxPathTrust());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_configuration_file_that_others_can_change_is_not_read()
    {
        var file = _folder.MakeFile("recorder.json", owner: TrustFolder.Stranger);

        var refused = Assert.Throws<TrustException>(() =>
            ConfigurationLoader.Load(file, new Dictionary<string, string?>(), _trust, new Hashtable()));

        Assert.Equal(file, refused.Path);
        Assert.NotNull(ConfigurationLoader.Load(file, new Dictionary<string, string?>(), TrustPolicy.Off, new Hashtable()));
    }

    [Theory]
    [InlineData("plugins")]
    [InlineData("plugins/storage.good")]
    [InlineData("plugins/storage.good/plugin.json")]
    public void A_plugin_folder_that_others_can_change_is_not_read(string theirs)
    {
        _folder.Folder("plugins");
        _folder.Folder("plugins/storage.good");
        _folder.MakeFile("plugins/storage.good/plugin.json");
        Assert.NotEmpty(PluginCatalog.Read(_folder["plugins"], _trust).Broken);

        TrustFolder.Give(_folder[theirs], TrustFolder.Stranger);

        Assert.Equal(_folder[theirs], Assert.Throws<TrustException>(() => PluginCatalog.Read(_folder["plugins"], _trust)).Path);
    }

    [Theory]
    [InlineData("data")]
    [InlineData("data/sessions")]
    public void A_data_directory_that_others_can_change_is_not_used(string theirs)
    {
        _folder.Folder("data");
        _folder.Folder("data/sessions");
        TrustFolder.Give(_folder[theirs], TrustFolder.Stranger);

        Assert.Equal(_folder[theirs], Assert.Throws<TrustException>(() => new SpoolRoot(_folder["data"], _trust)).Path);
    }

    [Fact]
    public void A_session_folder_that_others_can_change_is_not_touched()
    {
        var spool = new SpoolRoot(_folder["data"], _trust);
        _folder.Folder("data/sessions/one", owner: TrustFolder.Stranger);

        Assert.Throws<TrustException>(() => spool.TryAcquire("one"));
        Assert.Throws<TrustException>(() => spool.TryHoldForStart("one"));
    }

    [Fact]
    public void A_private_folder_is_the_owners_alone_and_one_of_another_user_is_refused_untouched()
    {
        PrivateFolder.Create(_folder["new/run"]);
        var open = _folder.Folder("open", TrustFolder.Everybody);
        PrivateFolder.Create(open);
        var theirs = _folder.Folder("theirs", TrustFolder.Everybody, TrustFolder.Stranger);
        _folder.Link("link", theirs);

        Assert.Equal(TrustFolder.Closed, File.GetUnixFileMode(_folder["new"]));
        Assert.Equal(TrustFolder.Closed, File.GetUnixFileMode(_folder["new/run"]));
        Assert.Equal(TrustFolder.Closed, File.GetUnixFileMode(open));
        Assert.Throws<TrustException>(() => PrivateFolder.Create(theirs));
        Assert.Throws<TrustException>(() => PrivateFolder.Create(_folder["link"]));
        Assert.Equal(TrustFolder.Everybody, File.GetUnixFileMode(theirs));
    }

    [Fact]
    public async Task A_program_that_others_can_change_is_not_started()
    {
        var program = _folder.MakeFile("ffmpeg", TrustFolder.Everybody);
        var supervisor = new ProcessSupervisor(NullLogger<ProcessSupervisor>.Instance, _trust);

        var refused = Assert.Throws<ChildProcessException>(() => supervisor.Start(new ProcessStart { FileName = program }));
        Assert.Throws<ChildProcessException>(() => supervisor.StartDetached(new ProcessStart { FileName = program }));

        Assert.Contains($"chmod go-w {program}", refused.Remedy, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
        using var error = new StringWriter();
        Assert.Equal(ExitCode.Usage, ErrorReport.Write(refused, verbose: false, error));
        await using var trusted = supervisor.Start(new ProcessStart { FileName = "/usr/bin/true" });
        Assert.Equal(0, await trusted.Exited);
    }

    [Fact]
    public async Task A_program_is_started_with_known_variables_alone()
    {
        var supervisor = new ProcessSupervisor(NullLogger<ProcessSupervisor>.Instance, _trust);
        Environment.SetEnvironmentVariable("TRUST_TEST_STRAY", "1");

        await using var process = supervisor.Start(new ProcessStart
        {
            FileName = "/usr/bin/env",
            Environment = new Dictionary<string, string> { ["DISPLAY"] = ":9", ["FFREPORT"] = "level=32" },
        });
        var lines = await process.ReadLinesAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Contains("DISPLAY=:9", lines);
        Assert.Contains("PATH=/usr/sbin:/usr/bin:/sbin:/bin", lines);
        Assert.DoesNotContain(lines, line => line.Split('=')[0] is "TRUST_TEST_STRAY" or "FFREPORT");
    }
}
