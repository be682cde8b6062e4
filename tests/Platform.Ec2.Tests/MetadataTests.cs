using System.Net;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>What the instance is asked, and what is made of the answers.</summary>
public sealed class MetadataTests : IAsyncLifetime
{
    private static readonly UserSession Session = new() { Id = "s", User = "DOM/ada ..", Host = "desk-1", SystemSession = "2" };

    private readonly MetadataServer _server = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_asks_for_a_token_first_and_places_the_recording_by_the_instances_id()
    {
        using var service = Service();
        var platform = Platform(service);

        var metadata = await platform.GetMetadataAsync(Session, TestContext.Current.CancellationToken);

        Assert.Equal(("i-0123456789abcdef0", "eu-west-2", "123456789012", "t3.large"),
            (metadata["instanceId"], metadata["region"], metadata["accountId"], metadata["instanceType"]));
        Assert.DoesNotContain("pendingTime", metadata.Keys);
        Assert.Equal(["ec2", "i-0123456789abcdef0", "DOM/ada .."], platform.GetStoragePath(Session, metadata));
        Assert.Equal("PUT /latest/api/token", _server.Requests.First());
        Assert.Single(_server.Requests, request => request.StartsWith("PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tags_are_taken_where_the_instance_shows_them()
    {
        _server.Tags = new() { ["Name"] = "desk Ü", ["team:x/y@z"] = "blue", ["long"] = new('x', 1000) };
        using var service = Service();

        var metadata = await Platform(service).GetMetadataAsync(Session, TestContext.Current.CancellationToken);

        Assert.Equal(("desk Ü", "blue"), (metadata["tag.Name"], metadata["tag.team:x/y@z"]));
        Assert.DoesNotContain("tag.long", metadata.Keys);
    }

    [Fact]
    public async Task Tags_that_are_not_wanted_are_not_asked_for()
    {
        _server.Tags = new() { ["Name"] = "desk" };
        using var service = Service();

        var metadata = await Platform(service, new Ec2Options { RecordTags = false }).GetMetadataAsync(Session, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("tag.Name", metadata.Keys);
        Assert.DoesNotContain(_server.Requests, request => request.Contains("tags", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_service_that_comes_late_is_waited_for()
    {
        _server.Always = HttpStatusCode.ServiceUnavailable;
        using var service = Service();
        var asking = Platform(service).GetMetadataAsync(Session, TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(asking.IsCompleted);

        _server.Always = null;

        Assert.Equal("i-0123456789abcdef0", (await asking)["instanceId"]);
    }

    [Fact]
    public async Task A_network_that_is_not_there_is_waited_for_until_the_wait_is_cancelled_and_what_is_known_is_returned()
    {
        using var service = new InstanceMetadata(new Uri($"http://127.0.0.1:{MetadataServer.FreePort()}/"), TimeProvider.System);
        using var cancelled = new CancellationTokenSource();
        var platform = Platform(service);
        var asking = platform.GetMetadataAsync(Session, cancelled.Token);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(asking.IsCompleted);

        await cancelled.CancelAsync();
        var metadata = await asking;

        Assert.Equal("desk-1", metadata["computer"]);
        Assert.Equal(["ec2", "desk-1", "DOM/ada .."], platform.GetStoragePath(Session, metadata));
    }

    [Fact]
    public async Task The_hardware_tells_the_id_where_the_service_does_not()
    {
        _server.Always = HttpStatusCode.Forbidden;
        using var service = Service();
        var platform = Platform(service, machine: new FakeMachine { Id = "i-00000000" });

        var metadata = await platform.GetMetadataAsync(Session, TestContext.Current.CancellationToken);

        Assert.Equal("i-00000000", platform.GetStoragePath(Session, metadata)[1]);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.MethodNotAllowed)]
    public async Task A_service_that_is_switched_off_or_knows_version_1_alone_is_not_waited_for_nor_asked_without_a_token(HttpStatusCode answer)
    {
        _server.Always = answer;
        using var service = Service();

        var metadata = await Platform(service).GetMetadataAsync(Session, TestContext.Current.CancellationToken);

        Assert.DoesNotContain("instanceId", metadata.Keys);
        Assert.Equal(["PUT /latest/api/token"], _server.Requests);
    }

    [Theory]
    [InlineData("../../x")]
    [InlineData("i-xyz")]
    [InlineData("i-0123456789abcdef0/..")]
    public async Task An_id_of_another_form_is_no_place_in_storage(string id)
    {
        _server.InstanceId = id;
        using var service = Service();
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var platform = Platform(service);

        var metadata = await platform.GetMetadataAsync(Session, cancelled.Token);

        Assert.Equal("desk-1", platform.GetStoragePath(Session, metadata)[1]);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"instanceId\":5}")]
    public async Task A_document_that_makes_no_sense_is_asked_for_again(string document)
    {
        _server.Document = document;
        using var service = Service();

        Assert.Equal(MetadataAnswer.Later, await service.ReadAsync(new Dictionary<string, string>(), withTags: true, CancellationToken.None));
    }

    [Fact]
    public async Task A_redirection_is_not_followed()
    {
        await using var other = new MetadataServer();
        _server.Redirection = other.Endpoint;
        using var service = Service();

        Assert.Equal(MetadataAnswer.Later, await service.ReadAsync(new Dictionary<string, string>(), withTags: true, CancellationToken.None));

        Assert.Empty(other.Requests);
    }

    private static Ec2Platform Platform(InstanceMetadata service, Ec2Options? options = null, FakeMachine? machine = null) => new(
        options ?? new Ec2Options(), machine ?? new FakeMachine(), service, new FakeSessions().Lazily(), TimeProvider.System);

    private InstanceMetadata Service() => new(_server.Endpoint, TimeProvider.System);
}
