using System.Diagnostics;
using System.Text;

namespace SessionRecorder.TestTools.Processes;

/// <summary>A program that runs beside the test. Thread-safe. Disposing ends it by its id.</summary>
public sealed class RunningProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _outputRead;
    private readonly Task _errorRead;
    private readonly Stopwatch _age = Stopwatch.StartNew();

    /// <summary>Starts a program.</summary>
    /// <param name="fileName">The program; looked up in PATH when it is a mere name.</param>
    /// <param name="arguments">Its arguments, unquoted.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    public RunningProcess(
        string fileName, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new IOException($"{fileName} could not be started");
        StartedProcesses.Add(_process);
        Id = _process.Id;
        _outputRead = ReadAsync(_process.StandardOutput, _output);
        _errorRead = ReadAsync(_process.StandardError, _error);
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>What it wrote to its standard output so far.</summary>
    public string Output => Snapshot(_output);

    /// <summary>What it wrote to its standard error so far.</summary>
    public string Error => Snapshot(_error);

    /// <summary>Writes to its standard input.</summary>
    public async Task WriteAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until its output holds a line that begins so.</summary>
    /// <exception cref="TimeoutException">No such line came in time, or it ended first.</exception>
    public async Task<string> WaitForLineAsync(string beginning, TimeSpan timeout)
    {
        var until = DateTime.UtcNow + timeout;
        while (DateTime.UtcNow < until)
        {
            // Only whole lines: the rest of the last one may still come.
            var whole = Output[..(Output.LastIndexOf('\n') + 1)];
            if (whole.Split('\n').FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal)) is { Length: > 0 } line)
            {
                return line;
            }

            if (HasExited && _outputRead.IsCompleted)
            {
                break;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"{_process.StartInfo.FileName} did not say '{beginning}…'; it said: {Output} {Error}");
    }

    /// <summary>Waits until it ended and closed its output.</summary>
    /// <remarks>A process that it left behind and that holds its output open makes this time out: that is a fault.</remarks>
    /// <exception cref="TimeoutException">It did not; it is ended.</exception>
    public async Task<ToolResult> WaitForExitAsync(TimeSpan timeout)
    {
        using var patience = new CancellationTokenSource(timeout);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
            var elapsed = _age.Elapsed;
            await Task.WhenAll(_outputRead, _errorRead).WaitAsync(patience.Token);
            return new ToolResult(_process.ExitCode, Output, Error, elapsed);
        }
        catch (OperationCanceledException)
        {
            var state = HasExited ? "ended but its output is held open" : "did not end";
            await DisposeAsync();
            throw new TimeoutException(
                $"{string.Join(' ', [_process.StartInfo.FileName, .. _process.StartInfo.ArgumentList])} {state} within {timeout}; "
                + $"it said: {Output} {Error}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        StartedProcesses.Remove(_process);
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder into)
    {
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
        {
            lock (into)
            {
                into.Append(buffer, 0, count);
            }
        }
    }

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">The exit code.</param>
/// <param name="Output">All of its standard output.</param>
/// <param name="Error">All of its standard error.</param>
/// <param name="Elapsed">From its start to its end.</param>
public sealed record ToolResult(int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    public override string ToString() =>
        $"exit code {ExitCode} after {Elapsed.TotalSeconds:F2} s, stdout: {Output.Trim()}, stderr: {Error.Trim()}";
}
