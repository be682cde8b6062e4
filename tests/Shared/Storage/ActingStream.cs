namespace SessionRecorder.Tests;

/// <summary>A content with which something happens once, when it is read past a position.</summary>
internal sealed class ActingStream(Stream inner, long position, Func<Task> act) : Stream
{
    private bool _hasActed;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ActAsync().GetAwaiter().GetResult();
        return inner.Read(buffer, offset, count);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await ActAsync();
        return await inner.ReadAsync(buffer, cancellationToken);
    }

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async Task ActAsync()
    {
        if (!_hasActed && inner.Position >= position)
        {
            _hasActed = true;
            await act();
        }
    }
}
