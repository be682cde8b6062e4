namespace SessionRecorder.Tests;

public sealed class TlsTests(Store store)
{
    [Fact]
    public async Task A_private_authority_is_trusted_when_it_is_configured()
    {
        await using var sink = new Sink(store, await store.NewBucketAsync(), WithTls(store.Server.CaFile));
        var large = Sink.RandomBytes(20 << 20);

        await sink.PutAsync("k", "x");
        await sink.PutAsync(Sink.Put("large", large));

        Assert.Equal(large, await sink.ReadAsync("large"));
    }

    [Fact]
    public async Task A_server_that_cannot_prove_who_it_is_gets_nothing()
    {
        await using var sink = new Sink(store, "any", WithTls(null));

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Unreachable, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("TLS", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CaFile", failure.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "could not be read")]
    [InlineData("nothing of use", "holds no certificate")]
    public async Task A_file_without_authorities_is_invalid(string? content, string reason)
    {
        using var folder = new TemporaryFolder();
        if (content is not null)
        {
            await File.WriteAllTextAsync(folder["ca.crt"], content);
        }

        await using var sink = new Sink(store, "any", WithTls(folder["ca.crt"]));

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Invalid, false), (failure.Failure, failure.IsTransient));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    private Action<S3StorageOptions> WithTls(string? authority)
    {
        Assert.SkipWhen(store.Server.TlsEndpoint is null, "needs a server with TLS");
        return o => (o.Endpoint, o.CaFile) = (store.Server.TlsEndpoint, authority);
    }
}
