using System.Runtime.Versioning;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>Listens to logind's signals on a thread of its own until disposed, through the bus's restarts.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LogindListener : IDisposable
{
    private const string Signals = "type='signal',sender='org.freedesktop.login1'";
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);

    private readonly string _address;
    private readonly Action _onChange;
    private readonly CancellationTokenSource _ended = new();

    public LogindListener(string address, Action onChange)
    {
        (_address, _onChange) = (address, onChange);
        new Thread(Run) { IsBackground = true, Name = "logind" }.Start();
    }

    // The source is left to the collector: the thread may still look at it.
    public void Dispose() => _ended.Cancel();

    private void Run()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                using var bus = new SystemBus(_address);
                bus.Match(Signals);
                _onChange();
                while (!_ended.IsCancellationRequested)
                {
                    if (bus.WaitForMessages(Turn))
                    {
                        _onChange();
                    }
                }
            }
            catch (SystemBusException)
            {
                // Without signals the sessions are looked at now and then all the same.
                _ended.Token.WaitHandle.WaitOne(Retry);
            }
        }
    }
}
