using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SessionRecorder.Tests;

/// <summary>Starts the programs that give credentials, without the host's care for what outlives it.</summary>
internal sealed class PlainSupervisor : IProcessSupervisor
{
    public IChildProcess Start(ProcessStart start)
    {
        var info = new ProcessStartInfo(start.FileName, start.Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        return new Child(Process.Start(info)!);
    }

    public ILaunchedProcess StartDetached(ProcessStart start) => throw new NotSupportedException();

    private sealed class Child(Process process) : IChildProcess
    {
        private string? _error;

        public int Id => process.Id;

        public string StartToken => "";

        public Stream StandardInput => Stream.Null;

        public string ErrorTail => _error ?? "";

        public Task<int> Exited => EndAsync();

        public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                yield return line;
            }
        }

        public void Kill() => process.Kill();

        public ValueTask DisposeAsync()
        {
            process.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<int> EndAsync()
        {
            _error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
    }
}
