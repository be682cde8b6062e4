using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace SessionRecorder.Tests;

/// <summary>Starts a program as it is, with variables for the stand-in; what the host adds is the host's tests' matter.</summary>
internal sealed class StandInSupervisor(params (string Name, string Value)[] variables) : IProcessSupervisor
{
    public List<ProcessStart> Started { get; } = [];

    public ChildProcessException? Failure { get; init; }

    public IChildProcess Start(ProcessStart start)
    {
        Started.Add(start);
        if (Failure is not null)
        {
            throw Failure;
        }

        var info = new ProcessStartInfo(start.FileName, start.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
        {
            info.Environment[$"PSEXEC_STAND_IN_{name}"] = value;
        }

        return new Child(Process.Start(info)!);
    }

    public ILaunchedProcess StartDetached(ProcessStart start) => throw new NotSupportedException();

    private sealed class Child : IChildProcess
    {
        private readonly Process _process;
        private readonly StringBuilder _errors = new();

        public Child(Process process)
        {
            _process = process;
            process.ErrorDataReceived += (_, line) =>
            {
                lock (_errors)
                {
                    _errors.Append(line.Data).Append('\n');
                }
            };
            process.BeginErrorReadLine();
            Exited = WaitAsync();
        }

        public int Id => _process.Id;

        public string StartToken => "";

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
            await Exited.WaitAsync(cancellationToken);
            yield break;
        }

        public void Kill() => _process.Kill();

        public async ValueTask DisposeAsync()
        {
            Kill();
            await Exited;
            _process.Dispose();
        }

        private async Task<int> WaitAsync()
        {
            await _process.WaitForExitAsync();
            return _process.ExitCode;
        }
    }
}
