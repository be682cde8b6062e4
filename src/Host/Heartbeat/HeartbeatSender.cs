using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>Stores heartbeats in every sink, for as long as it is let. A sink that does not take one costs nothing but a line in the log.</summary>
internal sealed partial class HeartbeatSender(
    IReadOnlyDictionary<string, IStorageSink> sinks, TimeSpan interval, TimeProvider time, ILogger<HeartbeatSender> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly HashSet<string> _failing = [];

    /// <summary>Sends at once, when there is news before the second is due, at each interval, and once more at the end.</summary>
    /// <param name="make">Makes the next one and says where it belongs; null for none this time.</param>
    /// <param name="news">What the first cannot tell yet (that the first frame is there), however it ends.</param>
    /// <param name="ended">The end; the last one is made after it.</param>
    public async Task RunAsync(Func<Task<(string Key, HeartbeatDocument Document)?>> make, Task news, CancellationToken ended)
    {
        if (interval <= TimeSpan.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(interval, time);
        var isNews = !news.IsCompleted;
        await SendAsync(make, Patience, ended);
        var next = NextAsync(timer, ended);
        if (isNews && await Task.WhenAny(news, next) == news)
        {
            await SendAsync(make, Patience, ended);
        }

        while (await next)
        {
            await SendAsync(make, Patience, ended);
            next = NextAsync(timer, ended);
        }

        await SendAsync(make, LastPatience, CancellationToken.None);
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken ended)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ended);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendAsync(
        Func<Task<(string Key, HeartbeatDocument Document)?>> make, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(patience);
        try
        {
            if (await make() is var (key, document))
            {
                var bytes = JsonSerializer.SerializeToUtf8Bytes(document, HeartbeatFormat.Document);
                await Task.WhenAll(sinks.Select(sink => PutAsync(sink.Key, sink.Value, key, bytes, limited.Token)));
            }
        }
        catch (Exception e)
        {
            LogFailed("all sinks", e.Message);
        }
    }

    private async Task PutAsync(string name, IStorageSink sink, string key, byte[] bytes, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new MemoryStream(bytes);
            var put = new StoragePut
            {
                Key = key,
                Content = content,
                Length = bytes.Length,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                ContentType = "application/json",
                Replace = true,
                IsTemporary = true,
            };
            await sink.PutAsync(put, cancellationToken).WaitAsync(cancellationToken);
            lock (_failing)
            {
                _failing.Remove(name);
            }
        }
        catch (Exception e)
        {
            lock (_failing)
            {
                if (!_failing.Add(name))
                {
                    return;
                }
            }

            LogFailed(name, e.Message);
        }
    }

    [LoggerMessage(EventId = 800, Level = LogLevel.Warning, Message = "Sink {Sink} did not take a heartbeat; said once until one gets through: {Reason}")]
    private partial void LogFailed(string sink, string reason);
}
