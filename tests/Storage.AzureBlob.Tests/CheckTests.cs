namespace SessionRecorder.Tests;

public sealed class CheckTests(Store store)
{
    [Fact]
    public async Task A_good_container_is_found_good_with_its_rights_and_nothing_is_left_in_it()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, o => o.KeyPrefix = "team");

        var findings = await sink.CheckAsync();

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
        Assert.All(findings, finding => Assert.Equal($"storage azure://{container.Name}/team/", finding.Subject));
        Says(findings, FindingLevel.Ok, "may write");
        Says(findings, FindingLevel.Ok, "may read, may list, may delete");
        Says(findings, FindingLevel.Warning, "a secret stands in the configuration");
        Assert.Empty(await container.GetBlobsAsync().ToListAsync());
        Assert.DoesNotContain(store.Server.AccountKey, string.Join('\n', findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_right_to_put_alone_is_enough_and_what_stays_is_told()
    {
        var container = await store.NewContainerAsync();
        await using var sink = Sink.WithSas(store, container.Name, store.Sas(container.Name, "cw"));

        await sink.CheckAsync();
        var findings = await sink.CheckAsync();

        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
        Says(findings, FindingLevel.Ok, "a SAS for 'cw'");
        Says(findings, FindingLevel.Ok, "may not read, may not list, may not delete");
        Says(findings, FindingLevel.Ok, "'.session-recorder-check/probe' stays");
        Says(findings, FindingLevel.Warning, "the SAS expires in 1 h");
        Assert.Single(await container.GetBlobsAsync().ToListAsync());
        Assert.DoesNotContain("sig=", string.Join('\n', findings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong key", "not the account's")]
    [InlineData("no container", "does not exist")]
    [InlineData("no rights", "not allowed")]
    [InlineData("expired", "has expired")]
    [InlineData("no protection", "no version-level immutability")]
    [InlineData("no server", "could not be reached")]
    [InlineData("silent server", "no answer from")]
    [InlineData("no file", "could not be read")]
    public async Task A_problem_is_one_finding_with_its_cause_and_remedy_within_ten_seconds(string problem, string cause)
    {
        var container = await store.NewContainerAsync();
        await using var proxy = new FaultProxy(store.Server.Endpoint.Port);
        await using var sink = new Sink(store, container.Name, o => Break(o, problem, proxy), limits: TransferLimits.Default);
        var watch = System.Diagnostics.Stopwatch.StartNew();

        var findings = await sink.CheckAsync();

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"it took {watch.Elapsed}");
        var found = Assert.Single(findings, finding => finding.Level == FindingLevel.Problem);
        Assert.Same(found, findings[^1]);
        Assert.Contains(cause, found.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(found.Remedy));
        Assert.DoesNotContain(store.Server.AccountKey, string.Join('\n', findings), StringComparison.Ordinal);
        Assert.DoesNotContain("sig=", string.Join('\n', findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clock_that_agrees_with_the_stores_is_told()
    {
        await using var sink = new Sink(store, (await store.NewContainerAsync()).Name);

        Says(await sink.CheckAsync(), FindingLevel.Ok, "clock agrees with the store's");
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_a_warning()
    {
        var container = await store.NewContainerAsync();
        await using var sink = new Sink(store, container.Name, time: new OffsetTime(TimeSpan.FromMinutes(-5)));

        var findings = await sink.CheckAsync();

        Says(findings, FindingLevel.Warning, "5 min behind");
    }

    private void Break(AzureBlobOptions options, string problem, FaultProxy proxy)
    {
        switch (problem)
        {
            case "wrong key":
                options.ConnectionString = store.ConnectionString(key: "bm90LXRoZS1rZXk=");
                break;
            case "no container":
                options.Container += "-not";
                break;
            case "no rights":
                (options.ConnectionString, options.AccountUrl, options.Sas) = (null, store.Server.Endpoint, store.Sas(options.Container, "rl"));
                break;
            case "expired":
                (options.ConnectionString, options.AccountUrl, options.Sas) =
                    (null, store.Server.Endpoint, store.Sas(options.Container, "cw", TimeSpan.FromMinutes(-5)));
                break;
            case "no protection":
                (options.Immutability, options.RetentionDays) = (BlobProtection.Locked, 30);
                break;
            case "no server":
                options.ConnectionString = store.ConnectionString(port: 1);
                break;
            case "silent server":
                options.ConnectionString = store.ConnectionString(proxy.Port);
                proxy.Fault = new Fault(FaultKind.Stall);
                break;
            default:
                (options.ConnectionString, options.AccountUrl, options.CredentialsFile) = (null, store.Server.Endpoint, "/nonexistent/sas");
                break;
        }
    }

    private static void Says(List<Finding> findings, FindingLevel level, string text) =>
        Assert.Contains(findings, finding => finding.Level == level && finding.Message.Contains(text, StringComparison.Ordinal));

    private sealed class OffsetTime(TimeSpan offset) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + offset;
    }
}
