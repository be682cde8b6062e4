using System.Buffers.Binary;

namespace SessionRecorder.Plugins;

/// <summary>Reads the outermost boxes of a fragmented MP4 (ISO/IEC 14496-12, 4.2).</summary>
/// <remarks>
/// Such a file is <c>ftyp moov</c> and then any number of <c>moof mdat</c>. What a kill leaves is whole up to the last
/// complete <c>mdat</c>; what follows is a torn fragment, which some players stumble over.
/// </remarks>
internal static class FragmentedFile
{
    private const int HeaderLength = 8;
    private const int LargeHeaderLength = 16;

    /// <summary>How far the file is whole.</summary>
    /// <param name="file">The file, readable and seekable; it may grow meanwhile.</param>
    /// <returns>How many complete fragments it holds, and where the last of them ends.</returns>
    public static (int Fragments, long WholeLength) Measure(Stream file)
    {
        var (position, whole, fragments, inFragment) = (0L, 0L, 0, false);
        var length = file.Length;
        while (ReadBox(file, position, length) is { } box)
        {
            position = box.End;
            if (box.Type == "moof"u8.ToUInt32())
            {
                inFragment = true;
            }
            else if (box.Type == "mdat"u8.ToUInt32() && inFragment)
            {
                (inFragment, whole) = (false, box.End);
                fragments++;
            }
            else if (!inFragment)
            {
                // ftyp, moov, and the index (mfra) that a graceful end writes.
                whole = box.End;
            }
        }

        return (fragments, whole);
    }

    private static (uint Type, long End)? ReadBox(Stream file, long position, long length)
    {
        Span<byte> header = stackalloc byte[LargeHeaderLength];
        if (position + HeaderLength > length)
        {
            return null;
        }

        file.Position = position;
        var read = file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
        if (read < HeaderLength)
        {
            return null;
        }

        long size = BinaryPrimitives.ReadUInt32BigEndian(header);
        var smallest = HeaderLength;
        if (size == 1 && read == LargeHeaderLength)
        {
            size = BinaryPrimitives.ReadInt64BigEndian(header[HeaderLength..]);
            smallest = LargeHeaderLength;
        }

        return size < smallest || size > length - position
            ? null
            : (BinaryPrimitives.ReadUInt32BigEndian(header[4..]), position + size);
    }

    private static uint ToUInt32(this ReadOnlySpan<byte> fourCharacters) =>
        BinaryPrimitives.ReadUInt32BigEndian(fourCharacters);
}
