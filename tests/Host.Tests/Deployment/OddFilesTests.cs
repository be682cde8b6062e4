using System.Diagnostics;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Deployment;

/// <summary>What lies where a file belongs and is none: an install says so, at once and before it has changed anything.</summary>
public sealed class OddFilesTests : IDisposable
{
    private readonly FakeMachine _machine = new();

    public OddFilesTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "pipes with a name in the file system");

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData("/opt/appstream/SessionScripts/config.json", "pipe")]
    [InlineData("/opt/appstream/SessionScripts/config.json", "folder")]
    [InlineData("/etc/session-recorder/recorder.json", "pipe")]
    [InlineData("/etc/session-recorder/recorder.json", "folder")]
    [InlineData("/etc/session-recorder/recorder.schema.json", "folder")]
    public async Task What_is_no_file_is_told_before_anything_is_changed(string path, string kind)
    {
        await PutAsync(_machine.At(path), kind);

        var refused = await PlanAsync(_machine.Request());

        Assert.True(refused is InstallException or ConfigurationException, refused?.ToString() ?? "it was planned");
        Assert.Contains(_machine.At(path), refused!.Message, StringComparison.Ordinal);
        Assert.Contains(kind, refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_machine.At("/opt/session-recorder")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipe_as_the_configuration_to_install_is_told(bool isThereOne)
    {
        if (isThereOne)
        {
            await _machine.InstallAsync();
        }

        await PutAsync(_machine["given.json"], "pipe");

        var refused = await PlanAsync(_machine.Request() with { Configuration = _machine["given.json"] });

        Assert.Contains("given.json is a pipe", refused?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_among_the_programs_files_is_told()
    {
        await PutAsync(Path.Combine(_machine.Source, "odd.dll"), "pipe");
        Assert.Contains("odd.dll", (await PlanAsync(_machine.Request()))?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_the_schema_is_replaced()
    {
        await PutAsync(_machine.At(_machine.Layout.SchemaFile), "pipe");

        Assert.Null(await PlanAsync(_machine.Request()));
        await _machine.InstallAsync();

        Assert.Equal("{}", await File.ReadAllTextAsync(_machine.At(_machine.Layout.SchemaFile), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_file_that_is_too_large_for_what_it_should_be_is_not_read()
    {
        using (var file = File.Create(_machine["large.json"]))
        {
            file.SetLength(BoundedFile.MostBytes + 1);
        }

        var e = Assert.Throws<ConfigurationException>(() => JsonConfigurationFile.Read(_machine["large.json"]));
        Assert.Contains("more than the 67108864", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operators_name_of_a_configuration_is_what_is_told()
    {
        await File.WriteAllTextAsync(_machine["copy.json"], "{ \"KeyPrefix\": \"new\" }", TestContext.Current.CancellationToken);
        var request = _machine.Request() with { Configuration = _machine["copy.json"], ConfigurationName = "./mine.json" };

        var first = await _machine.PlanAsync(request);
        await FakeMachine.DoAsync(first);
        await File.WriteAllTextAsync(_machine["copy.json"], "{ \"KeyPrefix\": \"newer\" }", TestContext.Current.CancellationToken);
        var second = await _machine.PlanAsync(request);

        Assert.Contains(first.Steps, step => step.Description.Contains("copy the configuration ./mine.json to", StringComparison.Ordinal));
        Assert.Contains(second.Notes, note => note.Contains("./mine.json was not used", StringComparison.Ordinal));
        Assert.DoesNotContain(first.Steps.Select(step => step.Description).Concat(second.Notes), line => line.Contains("copy.json", StringComparison.Ordinal));
    }

    /// <summary>What planning fails with, or null; it must not wait for anybody.</summary>
    private async Task<Exception?> PlanAsync(InstallRequest request) => await Record.ExceptionAsync(() =>
        Task.Run(() => _machine.PlanAsync(request)).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));

    private static async Task PutAsync(string path, string kind)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (kind == "folder")
        {
            Directory.CreateDirectory(path);
            return;
        }

        using var process = Process.Start("mkfifo", [path]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
    }
}
