using System.Collections;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Tests.Trust;

public sealed class EnvironmentTests
{
    private static readonly TrustPolicy Enforced = new(new Trusting());

    [Theory]
    [InlineData("LD_PRELOAD")]
    [InlineData("LD_LIBRARY_PATH")]
    [InlineData("LD_AUDIT")]
    [InlineData("DOTNET_STARTUP_HOOKS")]
    [InlineData("DOTNET_ADDITIONAL_DEPS")]
    [InlineData("dotnet_startup_hooks")]
    [InlineData("CORECLR_ENABLE_PROFILING")]
    [InlineData("CORECLR_PROFILER_PATH_64")]
    [InlineData("DOTNET_GCName")]
    [InlineData("COMPlus_GCName")]
    [InlineData("OPENSSL_CONF")]
    public void With_administrator_rights_a_variable_that_loads_code_is_refused_by_its_name(string name)
    {
        var environment = new Hashtable { ["HOME"] = "/root", [name] = "/home/eve/hook" };

        var refused = Assert.Throws<TrustException>(() => EnvironmentTrust.Require(Enforced, environment));

        Assert.Equal(name, refused.Path);
        Assert.Contains($"env -u {name}", refused.Remedy, StringComparison.Ordinal);
        EnvironmentTrust.Require(TrustPolicy.Off, environment);
    }

    [Fact]
    public void Variables_that_are_empty_or_harmless_are_not_refused() => EnvironmentTrust.Require(
        Enforced, new Hashtable { ["LD_PRELOAD"] = "", ["DOTNET_NOLOGO"] = "1", ["DOTNET_ROOT"] = "/usr/share/dotnet" });

    [Fact]
    public void A_tool_gets_known_variables_alone_and_a_path_of_the_systems_own()
    {
        var own = new Hashtable
        {
            ["HOME"] = "/root",
            ["LC_ALL"] = "C.UTF-8",
            ["PATH"] = "/home/eve/bin:/usr/bin",
            ["FFREPORT"] = "file=/etc/passwd",
            ["LD_BIND_NOW"] = "1",
            ["XDG_CONFIG_HOME"] = "/home/eve",
            ["AWS_SECRET_ACCESS_KEY"] = "secret",
            ["SESSION_RECORDER__STORAGE__A__OPTIONS__SECRET"] = "secret",
            ["SESSION_RECORDER_MARK"] = "x",
        };
        var session = new Dictionary<string, string>
        {
            ["DISPLAY"] = ":7",
            ["PATH"] = "/home/eve/bin",
            ["LD_PRELOAD"] = "/home/eve/hook.so",
            ["FFREPORT"] = "file=/etc/shadow",
        };

        var made = ChildEnvironment.ForTool(own, session);

        Assert.Equal(["DISPLAY", "HOME", "LC_ALL", "PATH", "SESSION_RECORDER_MARK"], made.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(":7", made["DISPLAY"]);
        Assert.DoesNotContain("/home/eve", made["PATH"], StringComparison.Ordinal);
    }

    [Fact]
    public void An_agent_gets_its_settings_and_credentials_besides()
    {
        var own = new Hashtable
        {
            ["SESSION_RECORDER__KEYPREFIX"] = "a/", ["AWS_PROFILE"] = "p", ["HTTPS_PROXY"] = "http://proxy", ["PYTHONPATH"] = "/home/eve",
        };

        var made = ChildEnvironment.ForAgent(own, new Dictionary<string, string>());

        Assert.Equal(
            ["AWS_PROFILE", "HTTPS_PROXY", "PATH", "SESSION_RECORDER__KEYPREFIX"], made.Keys.Order(StringComparer.Ordinal));
    }

    private sealed class Trusting : IPathTrust
    {
        public PathFault? FindFault(string path) => null;
    }
}
