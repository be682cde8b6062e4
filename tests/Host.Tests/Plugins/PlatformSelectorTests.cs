using Microsoft.Extensions.Time.Testing;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Plugins;

public sealed class PlatformSelectorTests : IDisposable
{
    private static readonly PluginSelection Auto = new() { Plugin = PluginSelection.Auto };

    private readonly PluginFolder _folder = new();
    private readonly TestHost _host = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("yes", "no", "workspaces")]
    [InlineData("no", "yes", "ec2")]
    [InlineData("yes", "yes", "workspaces")]
    [InlineData("no", "no", "local")]
    [InlineData("throw", "no", "local")]
    public async Task Auto_takes_the_platform_that_knows_the_machine_and_the_narrower_of_two(string workSpaces, string ec2, string chosen)
    {
        Install("ec2", ec2);
        Install("workspaces", workSpaces);
        Install("local", "yes");

        Assert.Equal(chosen, await SelectAsync(Auto));
    }

    [Theory]
    [InlineData("appstream,workspaces,ec2", "appstream")]
    [InlineData("workspaces,ec2", "workspaces")]
    [InlineData("ec2,appstream", "appstream")]
    [InlineData("appstream,zzz,mmm", "mmm")]
    public async Task Of_several_that_know_the_machine_auto_takes_the_narrowest_and_one_of_others_before_ours(string names, string chosen)
    {
        foreach (var name in names.Split(','))
        {
            Install(name, "yes");
        }

        Install("local", "yes");

        Assert.Equal(chosen, await SelectAsync(Auto));
    }

    [Fact]
    public async Task A_platform_that_is_named_is_taken_without_being_asked()
    {
        Install("ec2", "no");
        Install("local", "yes");

        Assert.Equal("ec2", await SelectAsync(new PluginSelection { Plugin = "ec2" }));
    }

    [Fact]
    public async Task A_platform_that_does_not_answer_is_not_waited_for()
    {
        Install("ec2", "hang");
        Install("local", "yes");
        var time = new FakeTimeProvider();

        var selecting = SelectAsync(Auto, time);
        while (!selecting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }

        Assert.Equal("local", await selecting);
        Assert.Contains(_host.Log, l => l.Contains("platform.ec2 could not tell", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Auto_stops_at_a_platform_that_cannot_be_loaded_rather_than_choose_a_wrong_one()
    {
        Install("appstream", "yes");
        Install("local", "yes");
        File.Delete(Path.Combine(_folder.Path, "platform.appstream", "plugin.json"));

        await Assert.ThrowsAsync<PluginException>(() => SelectAsync(Auto));
    }

    private void Install(string name, string answer) =>
        File.WriteAllText(Path.Combine(_folder.Install("Platform.Good", "platform." + name), "answer"), answer);

    private async Task<string> SelectAsync(PluginSelection selection, TimeProvider? time = null)
    {
        var plugins = new PluginHost(PluginCatalog.Read(_folder.Path, TrustPolicy.Off));
        var selector = new PlatformSelector(plugins, _host.Services(time));
        await using var platform = await selector.SelectAsync(selection, TestContext.Current.CancellationToken);
        return platform.Service.Name;
    }
}
