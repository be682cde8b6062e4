using System.Buffers.Binary;

namespace SessionRecorder.Host.Service.Channel;

/// <summary>Passes a caller's messages on as long as they are few and short: each is preceded by its length in four bytes.</summary>
/// <remarks>
/// The length is looked at before anything of the message is kept, so that nobody makes the service hold more. Reading as a
/// stream; disposing hangs up.
/// </remarks>
/// <param name="inner">What the caller sends.</param>
/// <param name="longest">How many bytes a message may have.</param>
/// <param name="most">How many messages there may be.</param>
internal sealed class FrameLimit(Stream inner, int longest, int most) : Stream
{
    private const int HeaderLength = 4;

    private readonly byte[] _header = new byte[HeaderLength];
    private int _headerBytes;
    private long _left;
    private int _messages;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        Check(buffer.Span[..count]);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Check(buffer.AsSpan(offset, read));
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_left > 0)
            {
                var taken = (int)Math.Min(_left, bytes.Length);
                _left -= taken;
                bytes = bytes[taken..];
                continue;
            }

            _header[_headerBytes++] = bytes[0];
            bytes = bytes[1..];
            if (_headerBytes == HeaderLength)
            {
                Begin(BinaryPrimitives.ReadUInt32BigEndian(_header));
            }
        }
    }

    private void Begin(uint length)
    {
        _headerBytes = 0;
        if (length > longest || ++_messages > most)
        {
            throw new IOException(length > longest
                ? $"a message of {length} bytes is longer than {longest}"
                : $"more than {most} messages were sent");
        }

        _left = length;
    }
}
