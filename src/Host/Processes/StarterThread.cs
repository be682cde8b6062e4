using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace SessionRecorder.Host.Processes;

/// <summary>Starts every process from one thread that lives as long as the host. Thread-safe.</summary>
/// <remarks>
/// Linux sends the parent-death signal when the thread that forked ends (prctl(2), PR_SET_PDEATHSIG); a thread of the
/// pool may end at any time, and would take ffmpeg along.
/// </remarks>
internal sealed class StarterThread
{
    private readonly BlockingCollection<Action> _work = [];

    public StarterThread() => new Thread(Run) { IsBackground = true, Name = "process starter" }.Start();

    /// <summary>Starts a process and waits until it is started.</summary>
    public Process Start(ProcessStartInfo info)
    {
        Process? process = null;
        ExceptionDispatchInfo? failure = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                process = Process.Start(info);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        failure?.Throw();
        return process ?? throw new InvalidOperationException("no process was started");
    }

    private void Run()
    {
        foreach (var work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }
}
