using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace SessionRecorder.Host.Processes;

/// <summary>A running child: its streams drained, the end of its stderr kept.</summary>
internal sealed class ChildProcess : IChildProcess
{
    private const int ErrorTailLength = 8 * 1024;

    /// <summary>A grandchild can hold the pipes open after the child has ended; nobody waits for it longer than this.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Action<string>? _onErrorLine;
    private readonly StringBuilder _errors = new();
    private readonly Channel<string> _output = Channel.CreateUnbounded<string>(new() { SingleReader = true });

    public ChildProcess(Process process, Action<string>? onErrorLine)
    {
        _process = process;
        _onErrorLine = onErrorLine;
        Id = process.Id;
        StartToken = ProcessIdentity.TokenOf(process) ?? "";
        Exited = WaitForExitAsync(DrainOutputAsync(), DrainErrorsAsync());
    }

    public int Id { get; }

    public string StartToken { get; }

    public Stream StandardInput => _process.StandardInput.BaseStream;

    public string ErrorTail
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public Task<int> Exited { get; }

    public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var line in _output.Reader.ReadAllAsync(cancellationToken))
        {
            yield return line;
        }
    }

    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended: what was wanted.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        _process.Dispose();
    }

    private async Task<int> WaitForExitAsync(Task output, Task errors)
    {
        await _process.WaitForExitAsync();
        await Task.WhenAny(Task.WhenAll(output, errors), Task.Delay(DrainTimeout));
        _output.Writer.TryComplete();
        return _process.ExitCode;
    }

    private Task DrainOutputAsync() =>
        PipeLines.ReadToEndAsync(_process.StandardOutput, line => _output.Writer.TryWrite(line));

    private Task DrainErrorsAsync() => PipeLines.ReadToEndAsync(
        _process.StandardError,
        line =>
        {
            Keep(line);
            _onErrorLine?.Invoke(line);
        });

    private void Keep(string line)
    {
        lock (_errors)
        {
            _errors.Append(line).Append('\n');
            if (_errors.Length > ErrorTailLength)
            {
                _errors.Remove(0, _errors.Length - ErrorTailLength);
            }
        }
    }
}
