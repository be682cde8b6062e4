using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SessionRecorder.Tests;

/// <summary>Starts programs as they are: what the host adds is the host's tests' matter.</summary>
internal sealed class PlainSupervisor : IProcessSupervisor
{
    public IChildProcess Start(ProcessStart start) => new Child(Process.Start(
        new ProcessStartInfo(start.FileName, start.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = start.WorkingDirectory,
        })!);

    public ILaunchedProcess StartDetached(ProcessStart start) => throw new NotSupportedException();

    private sealed class Child : IChildProcess
    {
        private readonly Process _process;
        private readonly Task<string> _errors;

        public Child(Process process)
        {
            _process = process;
            _errors = process.StandardError.ReadToEndAsync();
            Exited = WaitAsync();
        }

        public int Id => _process.Id;

        public string StartToken => "";

        public Stream StandardInput => _process.StandardInput.BaseStream;

        public string ErrorTail => _errors.Result;

        public Task<int> Exited { get; }

        public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                yield return line;
            }
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
            await _errors;
            return _process.ExitCode;
        }
    }
}
