using System.Net;
using System.Text;

namespace SessionRecorder.Tests;

/// <summary>The store over TLS, and the machine's managed identity, whose tokens it takes over TLS alone.</summary>
public sealed class TlsTests(Store store)
{
    [Fact]
    public async Task A_private_authority_is_trusted_when_it_is_named_and_else_told_as_such()
    {
        Assert.SkipWhen(store.Server.TlsEndpoint is null, "needs a server with a private authority");
        var container = await store.NewContainerAsync(store.Server.TlsEndpoint);
        await using var trusting = new Sink(store, container.Name, o => (o.ConnectionString, o.CaFile) = (ConnectionString(), store.Server.CaFile));
        await using var other = new Sink(store, container.Name, o => o.ConnectionString = ConnectionString());

        await trusting.PutAsync("k", "x");
        var failure = await other.FailToPutAsync("k2", "x");

        Assert.Equal((StorageFailure.Unreachable, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("TLS", failure.Message, StringComparison.Ordinal);
        Assert.Contains("CaFile", failure.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_managed_identitys_token_is_had_from_the_machine_and_taken_by_the_store(bool isUserAssigned)
    {
        Assert.SkipWhen(store.Server.TlsEndpoint is null, "needs a server that takes tokens");
        var container = await store.NewContainerAsync(store.Server.TlsEndpoint);
        Guid? client = isUserAssigned ? Guid.NewGuid() : null;
        await using var machine = new TokenEndpoint();
        await using var sink = new Sink(store, container.Name, o =>
        {
            (o.ConnectionString, o.AccountUrl, o.CaFile) = (null, store.Server.TlsEndpoint, store.Server.CaFile);
            (o.Identity, o.ManagedIdentityClientId) = (AzureIdentity.ManagedIdentity, client);
        });

        await sink.PutAsync("k", "x");
        var findings = await sink.CheckAsync();

        Assert.Equal("x", await sink.ReadTextAsync("k"));
        Assert.Contains("storage.azure.com", machine.LastQuery, StringComparison.Ordinal);
        Assert.Equal(isUserAssigned, machine.LastQuery!.Contains($"client_id={client}", StringComparison.Ordinal) && client is not null);
        Assert.Contains(findings, finding => finding.Message.Contains(isUserAssigned ? $"identity {client}" : "this machine's managed identity", StringComparison.Ordinal));
        Assert.DoesNotContain(findings, finding => finding.Level == FindingLevel.Problem);
    }

    [Fact]
    public async Task A_machine_without_the_identity_is_told_as_such()
    {
        Assert.SkipWhen(store.Server.TlsEndpoint is null, "needs a server that takes tokens");
        await using var machine = new TokenEndpoint { Status = HttpStatusCode.BadRequest };
        await using var sink = new Sink(store, "any", o =>
            (o.ConnectionString, o.AccountUrl, o.CaFile, o.Identity, o.ManagedIdentityClientId) =
            (null, store.Server.TlsEndpoint, store.Server.CaFile, AzureIdentity.ManagedIdentity, Guid.NewGuid()));

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Credentials, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("managed identity", failure.Remedy, StringComparison.Ordinal);
    }

    private string ConnectionString() =>
        $"DefaultEndpointsProtocol=https;AccountName={store.Server.Account};AccountKey={store.Server.AccountKey};BlobEndpoint={store.Server.TlsEndpoint}";

    /// <summary>Where a machine of Azure's App Service kind asks for its tokens: any with the right form will do for Azurite.</summary>
    private sealed class TokenEndpoint : IAsyncDisposable
    {
        private const string Address = "IDENTITY_ENDPOINT";
        private const string Header = "IDENTITY_HEADER";

        private readonly HttpListener _listener = new();
        private readonly Task _answering;

        public TokenEndpoint()
        {
            using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                _listener.Prefixes.Add($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
            }

            _listener.Start();
            Environment.SetEnvironmentVariable(Address, _listener.Prefixes.Single() + "token");
            Environment.SetEnvironmentVariable(Header, "any");
            _answering = AnswerAsync();
        }

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        public string? LastQuery { get; private set; }

        public async ValueTask DisposeAsync()
        {
            Environment.SetEnvironmentVariable(Address, null);
            Environment.SetEnvironmentVariable(Header, null);
            _listener.Stop();
            await _answering;
        }

        private async Task AnswerAsync()
        {
            while (true)
            {
                HttpListenerContext asked;
                try
                {
                    asked = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                LastQuery = WebUtility.UrlDecode(asked.Request.Url!.Query);
                asked.Response.StatusCode = (int)Status;
                asked.Response.ContentType = "application/json";
                var end = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
                var answer = Status == HttpStatusCode.OK
                    ? $$"""{"access_token":"{{Token(end)}}","expires_on":"{{end}}","resource":"https://storage.azure.com","token_type":"Bearer"}"""
                    : """{"statusCode":400,"message":"No identity found"}""";
                asked.Response.Close(Encoding.UTF8.GetBytes(answer), willBlock: false);
            }
        }

        private static string Token(long end)
        {
            var claims = $$"""{"aud":"https://storage.azure.com","iss":"https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/","iat":{{end - 4000}},"nbf":{{end - 4000}},"exp":{{end}}}""";
            return string.Join('.', new[] { """{"alg":"RS256","typ":"JWT"}""", claims, "signature" }
                .Select(part => Convert.ToBase64String(Encoding.UTF8.GetBytes(part)).TrimEnd('=').Replace('+', '-').Replace('/', '_')));
        }
    }
}
