using System.Globalization;
using System.Text.Json;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>Reads a heartbeat as what it is: something that any machine may have put there.</summary>
internal static class HeartbeatReader
{
    /// <summary>Above what a machine with a thousand sessions tells.</summary>
    private const int MostBytes = 1 << 20;

    /// <summary>Above what may be configured, for a later version may allow more.</summary>
    private static readonly TimeSpan LongestInterval = TimeSpan.FromDays(1);

    /// <summary>How far a machine's clock may be ahead.</summary>
    private static readonly TimeSpan LongestAhead = TimeSpan.FromDays(1);

    /// <summary>Reads one.</summary>
    /// <exception cref="StorageException">It cannot be read.</exception>
    /// <exception cref="JsonException">It is no heartbeat.</exception>
    /// <exception cref="FormatException">It is none that a recorder tells.</exception>
    public static async Task<HeartbeatDocument> ReadAsync(IStorageSink sink, string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var document = JsonSerializer.Deserialize((await ReadBytesAsync(sink, key, cancellationToken)).Span, HeartbeatFormat.Document)
            ?? throw new FormatException("it holds nothing");
        if (document.Interval is not >= 0 || document.Interval > LongestInterval.TotalSeconds)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"its interval of {document.Interval} s is not between 0 and {LongestInterval.TotalSeconds}"));
        }

        // It would never fall silent.
        if (document.At - now > LongestAhead)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it was told in the future, at {document.At:u}"));
        }

        return document.Desktops?.Contains(null!) == true ? throw new FormatException("one of its desktops is null") : document;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(IStorageSink sink, string key, CancellationToken cancellationToken)
    {
        await using var content = await sink.OpenReadAsync(key, cancellationToken);
        var bytes = new byte[MostBytes + 1];
        var length = await content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= MostBytes ? bytes.AsMemory(0, length) : throw new FormatException($"it has more than {MostBytes} bytes");
    }
}
