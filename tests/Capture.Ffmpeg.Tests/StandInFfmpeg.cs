using System.Runtime.CompilerServices;

namespace SessionRecorder.Tests;

/// <summary>Starts no process: answers as an ffmpeg does that knows <c>-fps_mode</c> or does not.</summary>
internal sealed class StandInFfmpeg(bool knowsFpsMode) : IProcessSupervisor
{
    public List<ProcessStart> Started { get; } = [];

    public IChildProcess Start(ProcessStart start)
    {
        Started.Add(start);
        var child = new Child();
        if (start.Arguments.Contains("-fps_mode") && !knowsFpsMode)
        {
            start.OnErrorLine?.Invoke("Unrecognized option 'fps_mode'.");
            start.OnErrorLine?.Invoke("Error splitting the argument list: Option not found");
            child.End(1);
        }
        else
        {
            start.OnErrorLine?.Invoke("Input #0, gdigrab, from 'desktop':");
        }

        return child;
    }

    public ILaunchedProcess StartDetached(ProcessStart start) => throw new NotSupportedException();

    private sealed class Child : IChildProcess
    {
        private readonly TaskCompletionSource<int> _exited = new();

        public int Id => 1;

        public string StartToken => "boot/1";

        public Stream StandardInput => Stream.Null;

        public string ErrorTail => "";

        public Task<int> Exited => _exited.Task;

        public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await _exited.Task.WaitAsync(cancellationToken);
            yield break;
        }

        public void End(int exitCode) => _exited.TrySetResult(exitCode);

        public void Kill() => End(255);

        public ValueTask DisposeAsync()
        {
            Kill();
            return ValueTask.CompletedTask;
        }
    }
}
