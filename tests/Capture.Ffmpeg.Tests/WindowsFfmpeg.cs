using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SessionRecorder.Tests;

/// <summary>Starts no process: answers as an ffmpeg.exe whose sources work or fail as the test says. Thread-safe.</summary>
internal sealed class WindowsFfmpeg : IProcessSupervisor
{
    private readonly Lock _lock = new();
    private readonly List<string> _trials = [];

    /// <summary>The sizes of the pictures that a source gives; one that is not in it fails.</summary>
    public ConcurrentDictionary<string, string> Works { get; } = [];

    /// <summary>Whether it can write segments.</summary>
    public bool HasSegmentMuxer { get; init; } = true;

    /// <summary>The sources that were tried, in order.</summary>
    public IReadOnlyList<string> Trials
    {
        get
        {
            lock (_lock)
            {
                return [.. _trials];
            }
        }
    }

    /// <summary>The capture that was started last.</summary>
    public Child Last { get; private set; } = new();

    public IChildProcess Start(ProcessStart start)
    {
        var child = new Child();
        if (start.Arguments.Contains("framecrc"))
        {
            Answer(start, child);
        }
        else if (start.Arguments is ["-hide_banner", var question, ..])
        {
            child.Say(question switch
            {
                "-encoders" => " V....D libx264              libx264 H.264",
                "-muxers" => HasSegmentMuxer ? "  E segment         segment" : "  E mp4             MP4",
                _ => "Demuxer gdigrab [GDI API Windows frame grabber]:",
            });
            child.End(0);
        }
        else if (start.Arguments is not ["-version"])
        {
            Last = child;
            start.OnErrorLine?.Invoke("Input #0, gdigrab, from 'desktop':");
            if (HasSegmentMuxer)
            {
                child.Say("frame=5");
            }
            else
            {
                child.End(234);
            }
        }

        return child;
    }

    public ILaunchedProcess StartDetached(ProcessStart start) => throw new NotSupportedException();

    private void Answer(ProcessStart start, Child child)
    {
        var graph = start.Arguments[start.Arguments.ToList().IndexOf("-i") + 1];
        var source = graph[..graph.IndexOf('=', StringComparison.Ordinal)];
        lock (_lock)
        {
            _trials.Add(source);
        }

        if (!Works.TryGetValue(source, out var sizes))
        {
            child.End(1);
            return;
        }

        foreach (var (index, size) in sizes.Split(' ').Index())
        {
            child.Say($"#dimensions {index}: {size}");
        }

        foreach (var (index, _) in sizes.Split(' ').Index())
        {
            child.Say($"{index},          0,          0,        1,  3686400, 0x7bd0dd45");
        }

        child.End(0);
    }

    /// <summary>A process that ends when it is told to, by <c>q</c> or by the test.</summary>
    internal sealed class Child : IChildProcess
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Id => 1;

        public string StartToken => "boot/1";

        public Stream StandardInput => new Quitting(this);

        public string ErrorTail => "";

        public Task<int> Exited => _exited.Task;

        public async IAsyncEnumerable<string> ReadLinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
            {
                yield return line;
            }
        }

        public void Say(string line) => _lines.Writer.TryWrite(line);

        public void End(int exitCode)
        {
            _exited.TrySetResult(exitCode);
            _lines.Writer.TryComplete();
        }

        public void Kill() => End(255);

        public ValueTask DisposeAsync()
        {
            Kill();
            return ValueTask.CompletedTask;
        }

        private sealed class Quitting(Child child) : MemoryStream
        {
            public override Task FlushAsync(CancellationToken cancellationToken)
            {
                child.End(0);
                return Task.CompletedTask;
            }
        }
    }
}
