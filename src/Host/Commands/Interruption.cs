using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Commands;

/// <summary>Turns the first Ctrl-C, SIGTERM or hang-up into a request to end; the second ends the process as usual.</summary>
/// <remarks>
/// On Windows the hang-up is the closing of the console window, SIGTERM the shutdown. Windows ends the process as soon as
/// it was told of them, so the telling is held up until the work is done, or until Windows loses patience (5 s and more).
/// </remarks>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly ManualResetEventSlim _done = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
    ];

    public CancellationToken Token => _requested.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        // Not disposed: a handler may still be at it.
        _done.Set();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = !_requested.IsCancellationRequested;
        _requested.Cancel();
        if (OperatingSystem.IsWindows() && context.Signal is not PosixSignal.SIGINT)
        {
            _done.Wait();
        }
    }
}
