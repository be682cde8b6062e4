namespace SessionRecorder.TestTools.Drawing;

/// <summary>A moment as black and white blocks: 48 bits of milliseconds since the Unix epoch, then a CRC-16 of them.</summary>
/// <remarks>Thread-safe. The blocks are a codec's macroblock in size, so that compression leaves them readable.</remarks>
public static class TimeCode
{
    public const int Columns = 32;
    public const int Rows = 2;
    public const int BlockSize = 16;
    public const int Width = Columns * BlockSize;
    public const int Height = Rows * BlockSize;

    /// <summary>The blocks of a moment, the first block in the highest bit, white = 1.</summary>
    public static ulong Encode(long milliseconds) => ((ulong)milliseconds << 16) | Crc16(milliseconds);

    /// <summary>Reads blocks.</summary>
    /// <returns>Milliseconds since the Unix epoch, or null when the blocks are not a whole time code.</returns>
    public static long? Decode(ulong blocks)
    {
        var milliseconds = (long)(blocks >> 16);
        return (ushort)blocks == Crc16(milliseconds) ? milliseconds : null;
    }

    /// <summary>Reads the blocks from a picture of one byte a pixel, <see cref="Width"/> by <see cref="Height"/>.</summary>
    public static long? Read(ReadOnlySpan<byte> luma)
    {
        var blocks = 0UL;
        for (var block = 0; block < Columns * Rows; block++)
        {
            blocks = (blocks << 1) | (IsWhite(luma, block) ? 1UL : 0UL);
        }

        return Decode(blocks);
    }

    // The middle of the block only: its edges are where compression blurs.
    private static bool IsWhite(ReadOnlySpan<byte> luma, int block)
    {
        var left = block % Columns * BlockSize;
        var top = block / Columns * BlockSize;
        var sum = 0;
        for (var y = top + 4; y < top + 12; y++)
        {
            for (var x = left + 4; x < left + 12; x++)
            {
                sum += luma[(y * Width) + x];
            }
        }

        return sum > 64 * 126;
    }

    private static ushort Crc16(long milliseconds)
    {
        ushort crc = 0xFFFF;
        for (var shift = 40; shift >= 0; shift -= 8)
        {
            crc ^= (ushort)((byte)(milliseconds >> shift) << 8);
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
            }
        }

        return crc;
    }
}
