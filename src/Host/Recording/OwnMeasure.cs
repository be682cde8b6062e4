using System.Buffers.Binary;

namespace SessionRecorder.Host.Recording;

/// <summary>Measures a fragmented MP4 by its boxes alone, for a file that the capture plugin fails to measure again and again.</summary>
/// <remarks>
/// What ISO/IEC 14496-12 calls <c>moov</c> tells the picture's size and the unit of time, each <c>moof</c> the times of its
/// frames. Nothing is decoded: that the picture can be seen is not for this to say. The file may hold anything.
/// </remarks>
internal sealed class OwnMeasure
{
    /// <summary>No moov or moof comes near this: a moof holds the frames of a second or so.</summary>
    private const int LongestBox = 4 * 1024 * 1024;

    /// <summary>More than a week at sixteen frames a second.</summary>
    private const int MostFrames = 10_000_000;

    private const long LongestSeconds = 366 * 86400;

    private readonly List<long> _frames = [];
    private uint _unitsASecond;
    private uint _defaultDuration;
    private int _width;
    private int _height;
    private long _end;

    private OwnMeasure()
    {
    }

    /// <summary>Measures a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="frameRate">Frames a second.</param>
    /// <returns>What it holds; null when it is no such video, or holds no frame.</returns>
    /// <exception cref="IOException">It could not be read.</exception>
    public static SegmentFacts? Read(string path, double frameRate)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var measure = new OwnMeasure();
        return measure.TryRead(file) ? measure.Facts(TimeSpan.FromSeconds(1 / frameRate)) : null;
    }

    private bool TryRead(FileStream file)
    {
        byte[]? moof = null;
        Span<byte> header = stackalloc byte[Box.LongestHeader];
        for (var position = 0L; position < file.Length;)
        {
            file.Position = position;
            var read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            if (Box.Of(header[..read]) is not { } box || box.Length > file.Length - position)
            {
                // Torn: what is before it counts.
                break;
            }

            if (box.Is("moov") && !TryReadMoov(BodyOf(file, position, box)))
            {
                return false;
            }

            moof = box.Is("moof") ? BodyOf(file, position, box) : moof;
            if (box.Is("mdat") && moof is not null)
            {
                if (!TryReadMoof(moof))
                {
                    return false;
                }

                moof = null;
            }

            position += box.Length;
        }

        return _frames.Count > 0 && _unitsASecond > 0 && _width > 0 && _height > 0 && _end > _frames[0];
    }

    private SegmentFacts Facts(TimeSpan frameInterval)
    {
        var first = TimeOf(_frames[0]);
        var times = _frames.ConvertAll(frame => TimeOf(frame) - first);
        var threshold = FrameHole.Threshold(frameInterval);
        return new SegmentFacts(
            TimeOf(_end) - first,
            times[^1],
            times.Count,
            _width,
            _height,
            [.. times.Zip(times.Skip(1)).Where(pair => pair.Second - pair.First > threshold).Select(pair => new SegmentHole(pair.First, pair.Second))]);
    }

    private TimeSpan TimeOf(long units) => TimeSpan.FromTicks((long)((Int128)units * TimeSpan.TicksPerSecond / _unitsASecond));

    private static byte[] BodyOf(FileStream file, long position, Box box)
    {
        if (box.Length > LongestBox)
        {
            return [];
        }

        var body = new byte[box.Length - box.Header];
        file.Position = position + box.Header;
        file.ReadExactly(body);
        return body;
    }

    private bool TryReadMoov(ReadOnlySpan<byte> moov)
    {
        var track = Box.Find(moov, "trak");
        var size = Box.Find(track, "tkhd");
        var media = Box.Find(Box.Find(track, "mdia"), "mdhd");
        var defaults = Box.Find(Box.Find(moov, "mvex"), "trex");
        if (size.Length < 84 || media.Length < 24 || (size[0] != 0 && size.Length < 96))
        {
            return false;
        }

        var at = size[0] == 0 ? 76 : 88;
        (_width, _height) = (NumberAt(size, at, 2), NumberAt(size, at + 4, 2));
        _unitsASecond = (uint)NumberAt(media, media[0] == 0 ? 12 : 20, 4);
        _defaultDuration = defaults.Length < 16 ? 0 : (uint)NumberAt(defaults, 12, 4);
        return _unitsASecond > 0;
    }

    private bool TryReadMoof(ReadOnlySpan<byte> moof)
    {
        var fragment = Box.Find(moof, "traf");
        var head = Box.Find(fragment, "tfhd");
        var time = Box.Find(fragment, "tfdt");
        var run = Box.Find(fragment, "trun");
        if (head.Length < 8 || time.Length < 8 || (time[0] != 0 && time.Length < 12) || run.Length < 8)
        {
            return false;
        }

        var at = time[0] == 0 ? (uint)NumberAt(time, 4, 4) : BinaryPrimitives.ReadInt64BigEndian(time[4..]);
        return at >= _end && at <= LongestSeconds * _unitsASecond && TryReadRun(run, DurationIn(head) ?? _defaultDuration, at);
    }

    /// <summary>The duration of a fragment's frames, where it has one for all.</summary>
    private static uint? DurationIn(ReadOnlySpan<byte> head)
    {
        var flags = head[3];
        var at = 8 + ((flags & 1) != 0 ? 8 : 0) + ((flags & 2) != 0 ? 4 : 0);
        return (flags & 8) != 0 && head.Length >= at + 4 ? (uint)NumberAt(head, at, 4) : null;
    }

    private bool TryReadRun(ReadOnlySpan<byte> run, uint duration, long at)
    {
        var (flags, count) = (NumberAt(run, 2, 2), (uint)NumberAt(run, 4, 4));
        var fields = (flags & 0x100) != 0 ? 1 : 0;
        var step = 4 * (fields + ((flags >> 9) & 1) + ((flags >> 10) & 1) + ((flags >> 11) & 1));
        var from = 8 + ((flags & 1) != 0 ? 4 : 0) + ((flags & 4) != 0 ? 4 : 0);
        if (count > MostFrames - _frames.Count || from + ((long)count * step) > run.Length)
        {
            return false;
        }

        var first = _frames.Count;
        for (var frame = 0; frame < count; frame++)
        {
            _frames.Add(at);
            at += fields > 0 ? (uint)NumberAt(run, from + (frame * step), 4) : duration;
        }

        if (at > LongestSeconds * _unitsASecond)
        {
            // Damaged: what it says of the fragment's length would stand in the account for good.
            _frames.RemoveRange(first, _frames.Count - first);
            return false;
        }

        _end = at;
        return true;
    }

    /// <summary>A number of two or four bytes; the latter are to be taken for unsigned.</summary>
    private static int NumberAt(ReadOnlySpan<byte> bytes, int at, int length) => length == 2
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..])
        : unchecked((int)BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]));

    private readonly record struct Box(uint Type, int Header, long Length)
    {
        public const int LongestHeader = 16;

        private const int ShortHeader = 8;

        public static Box? Of(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length < ShortHeader)
            {
                return null;
            }

            var (header, length) = (ShortHeader, (ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes));
            if (length == 1 && bytes.Length >= LongestHeader)
            {
                (header, length) = (LongestHeader, BinaryPrimitives.ReadUInt64BigEndian(bytes[ShortHeader..]));
            }

            return length < (ulong)header || length > long.MaxValue / 2
                ? null
                : new Box(BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), header, (long)length);
        }

        /// <summary>The body of the first box of a type; empty when there is none.</summary>
        public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> boxes, string type)
        {
            while (Of(boxes) is { } box && box.Length <= boxes.Length)
            {
                if (box.Is(type))
                {
                    return boxes[box.Header..(int)box.Length];
                }

                boxes = boxes[(int)box.Length..];
            }

            return [];
        }

        public bool Is(string type) => Type == (((uint)type[0] << 24) | ((uint)type[1] << 16) | ((uint)type[2] << 8) | type[3]);
    }
}
