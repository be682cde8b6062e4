namespace SessionRecorder.Plugins;

/// <summary>The bytes of an object as they come. A stalled or broken transfer is a <see cref="StorageException"/>.</summary>
/// <param name="content">What the store sends.</param>
/// <param name="length">How many bytes there are.</param>
/// <param name="owner">Disposed with the stream.</param>
/// <param name="watched">Does something that waits for the store, watched, and maps its failure.</param>
internal sealed class DownloadStream(
    Stream content, long length, IDisposable owner, Func<Func<StallWatch, Task<int>>, CancellationToken, Task<int>> watched) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await watched(async watch => await content.ReadAsync(buffer, watch.Token), cancellationToken);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            owner.Dispose();
        }

        base.Dispose(disposing);
    }
}
