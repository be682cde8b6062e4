using System.Runtime.InteropServices;
using System.Text;

namespace SessionRecorder.Plugins;

/// <summary>A server's reply, copied out of libxcb's memory, with its fields by their offset in the protocol.</summary>
/// <remarks>libxcb delivers replies in the machine's own byte order.</remarks>
internal readonly struct XReply(byte[] bytes)
{
    /// <summary>The fixed part of every reply.</summary>
    public const int HeaderBytes = 32;

    private const int LengthOffset = 4;

    /// <summary>Copies a reply and leaves freeing it to the caller.</summary>
    public static unsafe XReply CopyFrom(nint reply)
    {
        var header = new ReadOnlySpan<byte>((void*)reply, HeaderBytes);
        var length = HeaderBytes + (checked((int)MemoryMarshal.Read<uint>(header[LengthOffset..])) * sizeof(uint));
        return new XReply(new ReadOnlySpan<byte>((void*)reply, length).ToArray());
    }

    public byte Byte(int offset) => bytes[offset];

    public ushort UInt16(int offset) => MemoryMarshal.Read<ushort>(bytes.AsSpan(offset));

    public short Int16(int offset) => MemoryMarshal.Read<short>(bytes.AsSpan(offset));

    public uint UInt32(int offset) => MemoryMarshal.Read<uint>(bytes.AsSpan(offset));

    public string Text(int offset, int length) => Encoding.UTF8.GetString(bytes, offset, length);

    /// <summary>A rectangle of two signed and two unsigned 16-bit numbers.</summary>
    public PixelRectangle Rectangle(int offset) =>
        new(Int16(offset), Int16(offset + 2), UInt16(offset + 4), UInt16(offset + 6));
}
