namespace SessionRecorder.Host.Upload;

/// <summary>The bytes of an object, given out no faster than a limit allows.</summary>
/// <remarks>
/// Only asynchronous reading waits: that is how bytes are sent. Sinks read synchronously what they hash before they send it,
/// and that costs the network nothing. One that hashes asynchronously is slower than it may be, never faster. Not
/// thread-safe; the content is the caller's to dispose.
/// </remarks>
internal sealed class ThrottledStream(Stream content, BandwidthLimit limit) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => content.CanSeek;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => content.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => content.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => content.Read(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = (int)Math.Min(buffer.Length, content.Length - content.Position);
        return wanted <= 0
            ? await content.ReadAsync(buffer, cancellationToken)
            : await content.ReadAsync(buffer[..await limit.TakeAsync(wanted, cancellationToken)], cancellationToken);
    }

    public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
