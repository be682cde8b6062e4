using System.Buffers.Binary;

namespace SessionRecorder.Host.Catalog;

/// <summary>How far the beginning of a growing MP4 file plays.</summary>
/// <remarks>
/// A fragmented MP4 (ISO/IEC 14496-12) is <c>ftyp moov</c> and then any number of <c>moof mdat</c>; each pair plays for itself.
/// Only boxes are read, no picture is decoded: that the bytes are those that were recorded is not for this to say.
/// </remarks>
/// <param name="Fragments">How many whole fragments there are.</param>
/// <param name="Frames">How many frames they hold.</param>
/// <param name="PlayableBytes">Where the last whole fragment ends.</param>
/// <param name="Bytes">How long the beginning is.</param>
internal readonly record struct FragmentCount(int Fragments, int Frames, long PlayableBytes, long Bytes)
{
    private const int HeaderLength = 8;
    private const int LargeHeaderLength = 16;

    /// <summary>No moof comes near this: its samples are those of a second or so.</summary>
    private const int LongestMoof = 4 * 1024 * 1024;

    /// <summary>Reads the boxes.</summary>
    /// <param name="file">The file from its start, seekable.</param>
    public static FragmentCount Measure(Stream file)
    {
        var (fragments, frames, whole, inMoof, position) = (0, 0, 0L, (int?)null, 0L);
        while (ReadHeader(file, position) is { } box && box.End <= file.Length)
        {
            if (box.Is("moof"))
            {
                inMoof = CountSamples(file, box.Body, box.End);
            }
            else if (box.Is("mdat") && inMoof is { } samples)
            {
                (fragments, frames, whole, inMoof) = (fragments + 1, frames + samples, box.End, null);
            }

            position = box.End;
        }

        return new FragmentCount(fragments, frames, whole, file.Length);
    }

    /// <summary>The first <c>traf</c>'s <c>trun</c> boxes; there is one track.</summary>
    private static int CountSamples(Stream file, long from, long to)
    {
        var samples = 0;
        for (var position = from; to - from <= LongestMoof && ReadHeader(file, position) is { } box && box.End <= to; position = box.End)
        {
            if (box.Is("traf"))
            {
                samples += CountSamples(file, box.Body, box.End);
            }
            else if (box.Is("trun"))
            {
                samples += ReadSampleCount(file, box.Body);
            }
        }

        return samples;
    }

    private static int ReadSampleCount(Stream file, long body)
    {
        Span<byte> head = stackalloc byte[8];
        file.Position = body;
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
            ? (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(head[4..]), 1_000_000)
            : 0;
    }

    private static Box? ReadHeader(Stream file, long position)
    {
        Span<byte> header = stackalloc byte[LargeHeaderLength];
        file.Position = Math.Min(position, file.Length);
        var read = file.ReadAtLeast(header, LargeHeaderLength, throwOnEndOfStream: false);
        if (read < HeaderLength)
        {
            return null;
        }

        var (size, body) = ((ulong)BinaryPrimitives.ReadUInt32BigEndian(header), HeaderLength);
        if (size == 1 && read == LargeHeaderLength)
        {
            (size, body) = (BinaryPrimitives.ReadUInt64BigEndian(header[HeaderLength..]), LargeHeaderLength);
        }

        return size < (ulong)body || size > long.MaxValue / 2
            ? null
            : new Box(BinaryPrimitives.ReadUInt32BigEndian(header[4..]), position + body, position + (long)size);
    }

    private readonly record struct Box(uint Type, long Body, long End)
    {
        public bool Is(string name) => Type == (((uint)name[0] << 24) | ((uint)name[1] << 16) | ((uint)name[2] << 8) | name[3]);
    }
}
