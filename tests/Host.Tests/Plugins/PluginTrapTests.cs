using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Plugins;

/// <summary>What goes wrong with plugin folders, and would fail silently or obscurely if the host did not look.</summary>
public sealed class PluginTrapTests : IDisposable
{
    private readonly PluginFolder _folder = new();
    private readonly TestHost _host = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_plugin_that_carries_its_own_Core_is_refused()
    {
        var folder = _folder.Install("Storage.Good");
        var copy = Path.Combine(folder, "SessionRecorder.Core.dll");
        File.Copy(PluginFolder.Assembly("FutureCore", "SessionRecorder.Core.dll"), copy);

        var error = Fails("good", PluginFailure.CarriesCore);

        Assert.Equal($"the plugin storage.good carries its own {copy}", error.Message);
        Assert.Contains("delete that file", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_built_for_a_newer_Core_is_refused()
    {
        _folder.Install("Storage.Future");

        var error = Fails("future", PluginFailure.NeedsNewerCore);

        Assert.Equal(
            $"the plugin storage.future 1.0.0 needs SessionRecorder.Core 99.1.0, and this program has {SharedAssemblies.CoreVersion}",
            error.Message);
    }

    [Fact]
    public void A_plugin_that_asks_for_a_newer_Core_is_refused()
    {
        var folder = _folder.Install("Storage.Good");
        PluginFolder.EditManifest(folder, "\"minimumCoreVersion\": \"0.1.0\"", "\"minimumCoreVersion\": \"7.5\"");

        Assert.Contains("needs SessionRecorder.Core 7.5.0", Fails("good", PluginFailure.NeedsNewerCore).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_built_for_a_newer_shared_assembly_is_refused()
    {
        _folder.Install("Storage.Newer");

        var error = Fails("newer", PluginFailure.NeedsNewerSharedAssembly);

        Assert.StartsWith(
            "the plugin storage.newer 1.0.0 was built for Microsoft.Extensions.Options 99.1.0.0, and this program shares",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_that_carries_a_newer_shared_assembly_is_refused()
    {
        var copy = Path.Combine(_folder.Install("Storage.Good"), "Microsoft.Extensions.Options.dll");
        File.Copy(PluginFolder.Assembly("FutureOptions", "Microsoft.Extensions.Options.dll"), copy);

        Assert.Contains(
            $"carries {copy} of version 99.1.0.0", Fails("good", PluginFailure.NeedsNewerSharedAssembly).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plugin_that_carries_the_hosts_own_version_of_every_Microsoft_Extensions_assembly_gets_the_hosts()
    {
        var folder = _folder.Install("Storage.Good");
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "Microsoft.Extensions.*.dll"))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        await using var sink = Create("good", ("Path", "/srv"));

        Assert.Contains(_host.Log, l => l.Contains("made with /srv", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_dependency_is_named()
    {
        var folder = _folder.Install("Storage.Good");
        File.Delete(Path.Combine(folder, "Fixture.Helper.dll"));

        Assert.Equal(
            $"the plugin storage.good needs Fixture.Helper 1.2.0.0, which its folder {folder} lacks",
            Fails("good", PluginFailure.MissingDependency).Message);
    }

    [Fact]
    public void A_plugin_whose_entry_point_is_not_public_is_refused()
    {
        _folder.Install("Storage.Hidden");

        Assert.Equal(
            "the entry point SessionRecorder.Plugins.HiddenPlugin of the plugin storage.hidden is not public",
            Fails("hidden", PluginFailure.NoEntryPoint).Message);
    }

    [Fact]
    public void A_plugin_without_an_entry_point_is_refused()
    {
        var folder = _folder.Install("Storage.Good");
        PluginFolder.EditManifest(folder, "SessionRecorder.Storage.Good.dll", "Fixture.Helper.dll");

        Assert.StartsWith(
            "the plugin storage.good has no entry point", Fails("good", PluginFailure.NoEntryPoint).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_with_two_entry_points_is_refused()
    {
        _folder.Install("Storage.Two");

        Assert.Equal(
            "the plugin storage.two has 2 entry points in SessionRecorder.Storage.Two.dll: "
                + "SessionRecorder.Plugins.FirstPlugin, SessionRecorder.Plugins.SecondPlugin",
            Fails("two", PluginFailure.NoEntryPoint).Message);
    }

    [Fact]
    public void A_runtimeconfig_that_loads_from_outside_the_folder_is_refused()
    {
        var file = Path.Combine(_folder.Install("Storage.Good"), "SessionRecorder.Storage.Good.runtimeconfig.json");
        File.WriteAllText(file, """{ "runtimeOptions": { "additional\u0050robingPaths": [ "/tmp" ] } }""");

        Assert.StartsWith(file, Fails("good", PluginFailure.LoadsFromOutside).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_assembly_that_is_missing_or_no_assembly_is_told()
    {
        var assembly = Path.Combine(_folder.Install("Storage.Good"), "SessionRecorder.Storage.Good.dll");
        File.WriteAllText(assembly, "not an assembly");
        Assert.Contains($"{assembly} of the plugin storage.good is not a readable .NET assembly", Fails("good", PluginFailure.BadAssembly).Message, StringComparison.Ordinal);

        File.Delete(assembly);
        Assert.Equal($"the plugin storage.good lacks its entry assembly {assembly}", Fails("good", PluginFailure.BadAssembly).Message);
    }

    [Theory]
    [InlineData("\"id\": \"storage.good\",", "", "does not give id")]
    [InlineData("storage.good", "storage.other", "calls itself storage.other")]
    [InlineData("storage.good", "cellar.good", "the id 'cellar.good' in")]
    [InlineData("\"version\": \"1.0.0\",", "", "does not give version")]
    [InlineData("SessionRecorder.Storage.Good.dll", "../other.dll", "is not the name of a .dll in its folder")]
    [InlineData("\"minimumCoreVersion\": \"0.1.0\"", "\"minimumCoreVersion\": \"soon\"", "the minimumCoreVersion 'soon' in")]
    [InlineData("\"id\"", "id", "cannot be read: ")]
    public void A_broken_manifest_is_told_when_the_plugin_is_asked_for(string from, string to, string message)
    {
        var folder = _folder.Install("Storage.Good");
        _folder.Install("Storage.Two");
        PluginFolder.EditManifest(folder, from, to);

        var error = Fails("good", PluginFailure.BadManifest);

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.NotNull(error.Remedy);
        Assert.Equal("storage.two", Assert.Single(PluginCatalog.Read(_folder.Path, TrustPolicy.Off).Plugins).Id);
    }

    [Fact]
    public void A_folder_without_a_manifest_is_told_when_the_plugin_is_asked_for()
    {
        File.Delete(Path.Combine(_folder.Install("Storage.Good"), "plugin.json"));

        Assert.EndsWith("is no plugin: it has no plugin.json", Fails("good", PluginFailure.BadManifest).Message, StringComparison.Ordinal);
    }

    private PluginInstance<IStorageSink> Create(string name, params (string Key, string Value)[] options) =>
        new PluginHost(PluginCatalog.Read(_folder.Path, TrustPolicy.Off))
            .Create<IStorageSink>(PluginKind.Storage, name, TestHost.Options(options), _host.Services());

    private PluginException Fails(string name, PluginFailure expected)
    {
        var error = Assert.Throws<PluginException>(() => Create(name, ("Path", "/srv")));
        Assert.Equal(expected, error.Failure);
        return error;
    }
}
