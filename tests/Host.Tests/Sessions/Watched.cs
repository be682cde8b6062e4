namespace SessionRecorder.Tests.Sessions;

/// <summary>A watch over sessions whose changes a test takes one after the other.</summary>
internal sealed class Watched(IDesktopSessions sessions) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _end = new();
    private IAsyncEnumerator<SessionChange>? _changes;

    public async Task<IReadOnlyList<string>> TakeAsync(int count)
    {
        _changes ??= sessions.WatchAsync(_end.Token).GetAsyncEnumerator(_end.Token);
        List<string> taken = [];
        while (taken.Count < count)
        {
            Assert.True(await _changes.MoveNextAsync().AsTask().WaitAsync(Patience));
            taken.Add($"{_changes.Current.Kind} {_changes.Current.Session.SystemSession}");
        }

        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        if (_changes is not null)
        {
            await _changes.DisposeAsync();
        }

        _end.Dispose();
    }
}
