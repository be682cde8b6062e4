using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A machine as a test wants it; processes are real.</summary>
internal sealed class FakeMachine : IPsExecMachine
{
    private readonly PsExecMachine _real = new();

    public bool IsWindows { get; init; } = true;

    public bool IsPrivileged { get; init; } = true;

    public bool FileExists(string path) => _real.FileExists(path);

    public ILaunchedProcess Follow(int processId) => _real.Follow(processId);
}

/// <summary>A launcher that uses the stand-in, and what it is asked for.</summary>
internal static class PsExecFixture
{
    /// <summary>The stand-in: beside the tests, or under Wine where the environment says.</summary>
    public static string StandIn { get; } = Environment.GetEnvironmentVariable("PSEXEC_STAND_IN")
        ?? Path.Combine(AppContext.BaseDirectory, "SessionRecorder.PsExecStandIn" + (OperatingSystem.IsWindows() ? ".exe" : ""));

    public static PsExecLauncher Launcher(IProcessSupervisor processes, string? path = null, TimeSpan? timeout = null, FakeMachine? machine = null) => new(
        Microsoft.Extensions.Options.Options.Create(new PsExecOptions { Path = path ?? StandIn, Timeout = timeout ?? TimeSpan.FromSeconds(60) }),
        processes,
        machine ?? new FakeMachine(),
        TimeProvider.System);

    public static LaunchRequest Request(string program, IReadOnlyList<string> arguments, string session = "2") => new(
        program, arguments, new UserSession { Id = "s1", User = "ada", Host = "desk-1", SystemSession = session });
}
