using System.Runtime.Loader;
using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Plugins;

public sealed class PluginHostTests : IDisposable
{
    private readonly PluginFolder _folder = new();
    private readonly TestHost _host = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_plugin_in_a_load_context_of_its_own_gets_the_hosts_services_and_its_options()
    {
        _folder.Install("Storage.Good");

        await using (var sink = Create(("Path", "/srv"), ("Timeout", "1m")))
        {
            Assert.NotSame(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(sink.Service.GetType().Assembly));
            Assert.Equal("storage.good", sink.Manifest.Id);
            Assert.Null(await sink.Service.FindAsync("a", TestContext.Current.CancellationToken));
        }

        Assert.Contains(
            "Information SessionRecorder.Plugins.GoodSink: made with /srv and 00:01:00, from the plugin's own dependency", _host.Log);
        Assert.Contains("Information SessionRecorder.Plugins.GoodSink: disposed", _host.Log);
    }

    [Fact]
    public async Task Two_uses_of_a_plugin_share_its_code_and_not_its_options()
    {
        _folder.Install("Storage.Good");
        var plugins = NewHost();

        await using var one = plugins.Create<IStorageSink>("storage", "good", TestHost.Options(("Path", "/one")), _host.Services());
        await using var two = plugins.Create<IStorageSink>("storage", "good", TestHost.Options(("Path", "/two")), _host.Services());

        Assert.NotSame(one.Service, two.Service);
        Assert.Same(one.Service.GetType(), two.Service.GetType());
        Assert.Contains(_host.Log, l => l.Contains("made with /one", StringComparison.Ordinal));
        Assert.Contains(_host.Log, l => l.Contains("made with /two", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_plugin_registers_besides_its_service_is_to_be_had()
    {
        _folder.Install("Storage.Good");

        await using var sink = Create(("Path", "/srv"));

        Assert.Single(sink.Services.GetServices<ISelfCheck>());
    }

    [Fact]
    public void Every_error_in_a_plugins_options_is_told_with_its_full_key()
    {
        _folder.Install("Storage.Good");

        var error = Assert.Throws<ConfigurationException>(() =>
            Create(("Timeout", "2m"), ("SecretKeey", "hunter2"), ("Misbehave", "politely"), ("Colour", "red")));

        Assert.Equal(
            [
                "Storage:archive:Options:Colour = \"red\": unknown key; known are Path, Timeout, SecretKey, Misbehave",
                "Storage:archive:Options:Misbehave = \"politely\": must be one of none, throw-in-configure, refuse-in-configure, "
                    + "register-nothing, need-what-nobody-registers, throw-in-service",
                "Storage:archive:Options:Path: must be given: a text",
                "Storage:archive:Options:SecretKeey = \"(hidden)\": unknown key; did you mean SecretKey?",
                "Storage:archive:Options:Timeout = \"2m\": must be a duration such as 500ms, 15s, 1m30s, 1h or 00:01:30, from 1s to 1m",
            ],
            error.Errors.Select(e => e.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Options_given_to_a_plugin_that_takes_none_are_errors()
    {
        _folder.Install("Platform.Good");

        var error = Assert.Throws<ConfigurationException>(() =>
            NewHost().Create<IPlatform>("platform", "good", TestHost.Options(("Path", "/srv")), _host.Services()));

        Assert.Equal("Storage:archive:Options:Path = \"/srv\": unknown key; this plugin takes no options", error.Message);
    }

    [Fact]
    public void A_plugin_that_is_not_there_is_told_with_those_that_are()
    {
        _folder.Install("Storage.Good");
        _folder.Install("Storage.Good", "storage.local");

        var missing = Fails("s3", PluginFailure.NotFound);
        Assert.Equal($"there is no plugin storage.s3 in {_folder.Path}", missing.Message);
        Assert.Equal("choose one of good, local, or install it", missing.Remedy);
        Assert.Equal("did you mean local?", Fails("locl", PluginFailure.NotFound).Remedy);
    }

    [Theory]
    [InlineData("ThrowInConfigure", "the plugin storage.good 1.0.0 fails to configure itself: InvalidOperationException: the fixture throws as it was told")]
    [InlineData("ThrowInService", "the plugin storage.good 1.0.0 cannot make its service: InvalidOperationException: the fixture's service throws")]
    public void A_plugin_that_throws_is_named(string misbehaviour, string message)
    {
        _folder.Install("Storage.Good");

        var error = Assert.Throws<PluginException>(() => Create(("Path", "/"), ("Misbehave", misbehaviour)));

        Assert.Equal((PluginFailure.Throws, message), (error.Failure, error.Message));
    }

    [Fact]
    public void A_plugin_that_refuses_for_a_reason_of_its_own_is_heard()
    {
        _folder.Install("Storage.Good");

        var error = Assert.Throws<CaptureException>(() => Create(("Path", "/"), ("Misbehave", "RefuseInConfigure")));

        Assert.Equal(("the fixture refuses", "do not ask it to"), (error.Message, error.Remedy));
    }

    [Fact]
    public void A_plugin_that_throws_in_its_constructor_is_named()
    {
        _folder.Install("Storage.Throwing");

        Assert.Equal(
            "the plugin storage.throwing 1.0.0 fails to configure itself: NotSupportedException: the fixture's constructor throws",
            Fails("throwing", PluginFailure.Throws).Message);
    }

    [Fact]
    public void A_plugin_without_the_contract_of_its_kind_is_refused()
    {
        _folder.Install("Storage.Good");

        var error = Assert.Throws<PluginException>(() => Create(("Path", "/"), ("Misbehave", "RegisterNothing")));

        Assert.Equal(PluginFailure.BadRegistration, error.Failure);
        Assert.Equal("the plugin storage.good does not register IStorageSink, the contract of its kind", error.Message);
    }

    [Fact]
    public void Services_that_do_not_fit_together_are_found_before_they_are_used()
    {
        _folder.Install("Storage.Good");

        var error = Assert.Throws<PluginException>(() => Create(("Path", "/"), ("Misbehave", "NeedWhatNobodyRegisters")));

        Assert.Equal(PluginFailure.BadRegistration, error.Failure);
        Assert.Contains("NobodyRegisters", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private PluginHost NewHost() => new(PluginCatalog.Read(_folder.Path, TrustPolicy.Off));

    private PluginInstance<IStorageSink> Create(params (string Key, string Value)[] options) =>
        NewHost().Create<IStorageSink>(PluginKind.Storage, "good", TestHost.Options(options), _host.Services());

    private PluginException Fails(string name, PluginFailure expected)
    {
        var error = Assert.Throws<PluginException>(() =>
            NewHost().Create<IStorageSink>(PluginKind.Storage, name, TestHost.Options(), _host.Services()));
        Assert.Equal(expected, error.Failure);
        return error;
    }
}
