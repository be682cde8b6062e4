using System.Text.Json;

namespace SessionRecorder.Host.Spool;

/// <summary>What a ledger holds, as far as it goes.</summary>
/// <param name="Lines">How many whole lines.</param>
/// <param name="Length">Their length in bytes.</param>
/// <param name="LastHash">The last line's hash; <see cref="LedgerLine.NoHash"/> when there is none.</param>
/// <param name="TornBytes">How many bytes follow that are no line: a write that a crash cut short.</param>
/// <param name="Seal">The line that closes the account, if any.</param>
internal readonly record struct LedgerScan(long Lines, long Length, string LastHash, long TornBytes, LedgerLine? Seal);

/// <summary>Reads a ledger from its start and checks its chain, a line at a time.</summary>
internal static class LedgerReader
{
    private const int MaxLine = 16 * 1024 * 1024;

    /// <summary>Reads to the end.</summary>
    /// <param name="stream">The ledger, from its start. Not disposed.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="onLine">Called with each line in order.</param>
    /// <returns>What it holds. A torn end is told there, and is no error.</returns>
    /// <exception cref="LedgerException">The chain is broken before the end.</exception>
    /// <exception cref="IOException">It could not be read.</exception>
    public static LedgerScan Scan(Stream stream, string name, Action<LedgerLine> onLine)
    {
        var scan = new LedgerScan(0, 0, LedgerLine.NoHash, 0, null);
        var buffer = new byte[64 * 1024];
        var filled = 0;
        JsonException? torn = null;
        while (true)
        {
            var read = stream.Read(buffer, filled, buffer.Length - filled);
            if (read == 0)
            {
                return scan with { TornBytes = scan.TornBytes + filled };
            }

            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is var length and >= 0)
            {
                if (torn is not null)
                {
                    // Lines after what is no JSON: that was no torn write.
                    throw new LedgerException(name, scan.Lines + 1, "it is not JSON", torn);
                }

                scan = Next(scan, buffer.AsSpan(start, length), name, onLine, out torn);
                start += length + 1;
            }

            filled -= start;
            buffer.AsSpan(start, filled).CopyTo(buffer);
            if (filled == buffer.Length)
            {
                Grow(ref buffer, name, scan);
            }
        }
    }

    private static LedgerScan Next(
        LedgerScan scan, Span<byte> line, string name, Action<LedgerLine> onLine, out JsonException? torn)
    {
        torn = null;
        try
        {
            var end = scan.Length + line.Length + 1;
            var decoded = LedgerLine.Decode(line, scan.Lines, scan.LastHash, end);
            onLine(decoded);
            return scan with
            {
                Lines = scan.Lines + 1,
                Length = end,
                LastHash = decoded.Hash,
                Seal = scan.Seal ?? (decoded.Kind == LedgerLine.SealedKind ? decoded : null),
            };
        }
        catch (JsonException e)
        {
            torn = e;
            return scan with { TornBytes = line.Length + 1 };
        }
        catch (InvalidDataException e)
        {
            throw new LedgerException(name, scan.Lines + 1, e.Message, e);
        }
    }

    private static void Grow(ref byte[] buffer, string name, LedgerScan scan)
    {
        if (buffer.Length >= MaxLine)
        {
            throw new LedgerException(name, scan.Lines + 1, $"it is longer than {MaxLine} bytes");
        }

        Array.Resize(ref buffer, buffer.Length * 2);
    }
}
