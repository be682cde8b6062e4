using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

internal sealed class FakeMachine : IEc2Machine
{
    public string? Id { get; init; }

    public bool IsInstance() => true;

    public string? FindInstanceId() => Id;
}
