namespace SessionRecorder.Tests;

/// <summary>What the store refuses: the kind, whether it is worth another try, a remedy, and never a secret.</summary>
public sealed class RefusalTests(Store store)
{
    private const string WrongKey = "d3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmdrd3Jvbmc=";

    [Fact]
    public async Task A_wrong_key_is_told_as_such()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o => o.ConnectionString = store.ConnectionString(key: WrongKey));

        await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, "not the account's");
    }

    [Fact]
    public async Task A_wrong_account_is_told_as_such()
    {
        var container = await store.NewContainerAsync();
        var text = store.ConnectionString().Replace(store.Server.Account, "nosuchaccount", StringComparison.Ordinal);
        await using var sink = new Sink(store, container.Name, o => o.ConnectionString = text);

        await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, "account");
    }

    [Fact]
    public async Task A_container_that_appears_late_is_waited_for()
    {
        var container = store.Open($"late-{Guid.NewGuid():N}");
        await using var sink = new Sink(store, container.Name);
        await ExpectAsync(sink, StorageFailure.NoSuchContainer, isTransient: true, container.Name);
        Func<Task>[] calls =
        [
            () => sink.FindAsync("k"),
            () => sink.ReadAsync("k"),
            () => sink.Temporary.DeleteTemporaryAsync("k", CancellationToken.None),
            async () => await sink.Storage.ListAsync("", CancellationToken.None).ToListAsync(),
        ];
        foreach (var call in calls.Skip(1))
        {
            Assert.Equal(StorageFailure.NoSuchContainer, (await Assert.ThrowsAsync<StorageException>(call)).Failure);
        }

        await container.CreateAsync();

        await sink.PutAsync("k", "x");
    }

    [Fact]
    public async Task The_right_to_read_alone_is_a_denial_for_good_that_says_what_to_give()
    {
        var container = await store.NewContainerAsync();
        await using var sink = Sink.WithSas(store, container.Name, store.Sas(container.Name, "rl"));

        var failure = await ExpectAsync(sink, StorageFailure.Denied, isTransient: false, "not allowed");

        Assert.Contains("create and write", failure.Remedy, StringComparison.Ordinal);
        Assert.Equal(
            (StorageFailure.Denied, false),
            await Assert.ThrowsAsync<StorageException>(() => sink.Temporary.DeleteTemporaryAsync("k", CancellationToken.None)) is { } denied ? (denied.Failure, denied.IsTransient) : default);
    }

    [Fact]
    public async Task The_rights_to_create_and_write_suffice_for_a_whole_session()
    {
        var container = await store.NewContainerAsync();
        await using var sink = Sink.WithSas(store, container.Name, store.Sas(container.Name, "cw"));
        var puts = new[]
        {
            Sink.Put("session.json", "{}"),
            Sink.Put("video/small.mp4", Sink.RandomBytes(100_000)),
            Sink.Put("video/large.mp4", Sink.RandomBytes(40 << 20)),
            Sink.Put("manifest.json", "1", replace: true),
            Sink.Put("manifest.json", "2", replace: true),
            Sink.Put("empty", ""),
        };

        foreach (var put in puts)
        {
            Assert.Equal(put.Sha256, (await sink.PutAsync(put)).Sha256);
        }

        await using var reader = new Sink(store, container.Name);
        Assert.Equal(puts[1].Sha256, Sink.HashOf(await reader.ReadAsync("video/small.mp4")));
        Assert.Equal(puts[2].Sha256, Sink.HashOf(await reader.ReadAsync("video/large.mp4")));
        Assert.Equal(puts[2].Sha256, (await reader.FindAsync("video/large.mp4"))?.Sha256);
        Assert.Equal("2", await reader.ReadTextAsync("manifest.json"));
        Assert.Equal(
            StorageFailure.Denied,
            (await Assert.ThrowsAsync<StorageException>(() => sink.Temporary.DeleteTemporaryAsync("empty", CancellationToken.None))).Failure);
    }

    [Fact]
    public async Task The_right_to_create_alone_suffices_for_what_is_written_once()
    {
        var container = await store.NewContainerAsync();
        await using var sink = Sink.WithSas(store, container.Name, store.Sas(container.Name, "c"));
        var large = Sink.RandomBytes(40 << 20);

        await sink.PutAsync(Sink.Put("small", [1]));
        await sink.PutAsync(Sink.Put("large", large));

        Assert.Equal(large, (await container.GetBlobClient("large").DownloadContentAsync()).Value.Content.ToArray());
        await sink.FailToPutAsync("small", "other");
        var failure = await sink.FailToPutAsync("small", "other");
        // Azure tells that something is there; Azurite only that it is not allowed.
        Assert.Contains(failure.Failure, new[] { StorageFailure.Conflict, StorageFailure.Denied });
        Assert.False(failure.IsTransient);
        Assert.Equal([1], (await container.GetBlobClient("small").DownloadContentAsync()).Value.Content.ToArray());
    }

    [Fact]
    public async Task A_SAS_that_has_expired_is_told_with_its_end_and_a_new_one_in_the_file_is_taken()
    {
        var container = await store.NewContainerAsync();
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["sas"], store.Sas(container.Name, "cw", TimeSpan.FromMinutes(-5)) + "\n");
        await using var sink = new Sink(store, container.Name, o =>
            (o.ConnectionString, o.AccountUrl, o.CredentialsFile) = (null, store.Server.Endpoint, folder["sas"]));

        var failure = await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, "has expired");
        Assert.Contains("CredentialsFile", failure.Remedy, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder["sas"], $"{container.Uri}?{store.Sas(container.Name, "cw")}");
        await sink.PutAsync("k", "x");

        Assert.True((await container.GetBlobClient("k").ExistsAsync()).Value);
    }

    [Fact]
    public async Task A_SAS_signed_with_another_key_is_told_as_such()
    {
        var container = await store.NewContainerAsync();
        await using var sink = Sink.WithSas(store, container.Name, store.Sas(container.Name, "cw", key: WrongKey));

        await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, "SAS is not valid");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("this is no secret that one could use")]
    [InlineData("sv=2024-01-01&sp=cw")]
    [InlineData("AccountName=a;AccountKey=c2VjcmV0c2VjcmV0;EndpointSuffix=:::")]
    public async Task A_file_without_usable_credentials_is_told_without_what_stands_in_it(string? text)
    {
        using var folder = new TemporaryFolder();
        if (text is not null)
        {
            await File.WriteAllTextAsync(folder["secret"], text);
        }

        await using var sink = new Sink(store, "any", o =>
            (o.ConnectionString, o.AccountUrl, o.CredentialsFile) = (null, store.Server.Endpoint, folder["secret"]));

        var failure = await ExpectAsync(sink, StorageFailure.Credentials, isTransient: true, folder["secret"]);

        Assert.DoesNotContain(text is { Length: > 0 } ? text : "\u0001", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_null_to_find_and_an_error_to_open()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name);

        Assert.Null(await sink.FindAsync("a/k"));
        var failure = await Assert.ThrowsAsync<StorageException>(() => sink.ReadAsync("a/k"));

        Assert.Equal((StorageFailure.NoSuchObject, false, "a/k"), (failure.Failure, failure.IsTransient, failure.Key));
    }

    private async Task<StorageException> ExpectAsync(Sink sink, StorageFailure kind, bool isTransient, string text)
    {
        var failure = isTransient ? await sink.FailToPutAsync() : await sink.FailForGoodAsync();
        Assert.Equal((kind, isTransient, text), (failure.Failure, failure.IsTransient, failure.Message.Contains(text, StringComparison.Ordinal) ? text : failure.Message));
        Assert.False(string.IsNullOrEmpty(failure.Remedy));
        Assert.DoesNotContain('\n', failure.Message);
        foreach (var secret in new[] { store.Server.AccountKey, WrongKey, "sig=" })
        {
            Assert.DoesNotContain(secret, failure.ToString(), StringComparison.Ordinal);
        }

        return failure;
    }
}
