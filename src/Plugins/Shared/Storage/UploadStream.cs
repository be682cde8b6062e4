namespace SessionRecorder.Plugins;

/// <summary>A part of a content on its way to the store: tells when it moves, and whose fault it is when it ends early.</summary>
/// <remarks>
/// It is read twice: at first synchronously, to hash or sign it, then asynchronously, to send it. A failure is kept for the
/// second time, for in the first it would leave the AWS SDK's hash of that thread half done, and the next request wrongly signed.
/// </remarks>
internal sealed class UploadStream(Stream content, long start, long length, StallWatch watch) : Stream
{
    private long _position;
    private ContentException? _failure;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var wanted = Prepare(buffer.Length);
        try
        {
            return wanted == 0 || _failure is not null ? 0 : Advance(content.Read(buffer[..wanted]));
        }
        catch (ContentException e)
        {
            _failure = e;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = new ContentException(e.Message, e);
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        var wanted = Prepare(buffer.Length);
        try
        {
            return wanted == 0 ? 0 : Advance(await content.ReadAsync(buffer[..wanted], cancellationToken));
        }
        catch (Exception e) when (e is IOException and not ContentException or UnauthorizedAccessException)
        {
            throw new ContentException(e.Message, e);
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Prepare(int room)
    {
        var wanted = (int)Math.Min(room, length - _position);
        if (wanted > 0 && content.Position != start + _position)
        {
            content.Position = start + _position;
        }

        return wanted;
    }

    private int Advance(int read)
    {
        if (read == 0)
        {
            throw new ContentException($"they end after {start + _position} bytes");
        }

        _position += read;
        watch.Progress();
        return read;
    }
}

/// <summary>The bytes to store could not be read: not the store's doing, so not to be told as such.</summary>
internal sealed class ContentException(string message, Exception? innerException = null) : IOException(message, innerException);
