namespace SessionRecorder.Tests.Spool;

/// <summary>A file on a disk that gets full: what fits is written, and then it fails, as a full disk does.</summary>
internal sealed class RefusingFile(string path)
    : FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0)
{
    /// <summary>How many bytes still fit.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>Whether cutting fails as well: a disk that is broken rather than full.</summary>
    public bool RefusesToShrink { get; set; }

    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

    public override void Write(byte[] buffer, int offset, int count)
    {
        var fits = (int)Math.Min(Room, count);
        base.Write(buffer, offset, fits);
        Room -= fits;
        if (fits < count)
        {
            throw new IOException("No space left on device");
        }
    }

    public override void SetLength(long value)
    {
        if (RefusesToShrink)
        {
            throw new IOException("Input/output error");
        }

        base.SetLength(value);
    }
}
