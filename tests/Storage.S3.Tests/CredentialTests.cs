using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace SessionRecorder.Tests;

/// <summary>Where credentials come from, and that temporary ones are renewed while a session lasts.</summary>
public sealed class CredentialTests(Store store)
{
    [Theory]
    [InlineData("credentials", "[appstream_machine_role]")]
    [InlineData("config", "[profile appstream_machine_role]")]
    [InlineData("recorder.ini", "[profile appstream_machine_role]")]
    [InlineData("recorder.ini", "[appstream_machine_role]")]
    public async Task A_named_profile_of_a_file_gives_keys(string file, string section)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder[file], $"""
            {section}
            aws_access_key_id = {store.Server.User.AccessKey}
            aws_secret_access_key = {store.Server.User.SecretKey}
            """);
        await using var sink = new Sink(store, await store.NewBucketAsync(), WithProfile(folder[file]));

        await sink.PutAsync("k", "x");
    }

    [Fact]
    public async Task A_file_that_is_rewritten_is_read_again_when_its_keys_are_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder["credentials"];
        await File.WriteAllTextAsync(file, "[appstream_machine_role]\naws_access_key_id = AKIAOLD0000000000000\naws_secret_access_key = old\n");
        await using var sink = new Sink(store, await store.NewBucketAsync(), WithProfile(file));
        var failure = await sink.FailToPutAsync();
        Assert.Equal((StorageFailure.Credentials, true), (failure.Failure, failure.IsTransient));

        await File.WriteAllTextAsync(file, $"[appstream_machine_role]\naws_access_key_id = {store.Server.User.AccessKey}\naws_secret_access_key = {store.Server.User.SecretKey}\n");

        await sink.PutAsync("k", "x");
    }

    [Fact]
    public async Task A_program_that_gives_credentials_is_asked_again_when_they_end()
    {
        Assert.SkipWhen(store.Server.RoleArn is null || OperatingSystem.IsWindows(), "needs a role, and a shell");
        using var folder = new TemporaryFolder();
        // The path has blanks, and the command no quotes: as AppStream's own might be.
        Directory.CreateDirectory(folder["Program Files"]);
        var program = Path.Combine(folder["Program Files"], "provider");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\necho \"$@\" >> '{folder["calls"]}'\ncat '{folder["answer"]}'\n");
        await Tool.RunAsync("chmod", ["700", program]);
        await File.WriteAllTextAsync(folder["config"], $"[profile appstream_machine_role]\ncredential_process = {program} --role=Machine\n");
        await using var sink = new Sink(store, await store.NewBucketAsync(), WithProfile(folder["config"]));

        for (var i = 0; i < 3; i++)
        {
            await File.WriteAllTextAsync(folder["answer"], await NewSessionAsync(seconds: 3));
            await sink.PutAsync($"{i}", "x");
            await Task.Delay(3500);
        }

        var calls = await File.ReadAllLinesAsync(folder["calls"]);
        Assert.InRange(calls.Length, 3, 5);
        Assert.All(calls, call => Assert.Equal("--role=Machine", call));
    }

    [Theory]
    [InlineData("#!/bin/sh\necho 'the network is not up' >&2\nexit 7\n", "exit code 7: the network is not up")]
    [InlineData("#!/bin/sh\necho 'secret=hush'\n", "not the JSON")]
    [InlineData(null, "does not exist")]
    public async Task A_program_that_fails_is_transient_and_its_output_is_not_shown(string? script, string reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        using var folder = new TemporaryFolder();
        if (script is not null)
        {
            await File.WriteAllTextAsync(folder["provider"], script);
            await Tool.RunAsync("chmod", ["700", folder["provider"]]);
        }

        await File.WriteAllTextAsync(folder["config"], $"[profile appstream_machine_role]\ncredential_process = \"{folder["provider"]}\" --role=Machine\n");
        await using var sink = new Sink(store, "any", WithProfile(folder["config"]));

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Credentials, true), (failure.Failure, failure.IsTransient));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", failure.ToString(), StringComparison.Ordinal);
        Assert.NotNull(failure.Remedy);
    }

    [Fact]
    public async Task A_command_looked_up_in_PATH_is_refused()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["config"], "[profile appstream_machine_role]\ncredential_process = cat /etc/hostname\n");
        await using var sink = new Sink(store, "any", WithProfile(folder["config"]));

        Assert.Contains("not an absolute path", (await sink.FailToPutAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_is_assumed_and_its_session_renewed_before_it_ends()
    {
        Assert.SkipWhen(store.Server.RoleArn is null, "needs a role");
        await using var sink = new Sink(store, await store.NewBucketAsync(), o =>
        {
            o.AssumeRoleArn = store.Server.RoleArn;
            o.AssumeRoleEndpoint = store.Server.Endpoint;
            o.AssumeRoleDuration = TimeSpan.FromSeconds(2);
        });
        var watch = Stopwatch.StartNew();

        for (var i = 0; watch.Elapsed < TimeSpan.FromSeconds(7); i++)
        {
            await sink.PutAsync($"{i}", "x");
            await Task.Delay(250);
        }
    }

    [Fact]
    public async Task A_role_that_may_not_be_assumed_is_told_as_such()
    {
        await using var sink = new Sink(store, "any", o =>
        {
            o.AssumeRoleArn = "arn:aws:iam:::role/no-such-role";
            o.AssumeRoleEndpoint = store.Server.Endpoint;
        });

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Credentials, true), (failure.Failure, failure.IsTransient));
        Assert.Contains("no-such-role", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(store.Server.User.SecretKey, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Temporary_credentials_that_have_expired_are_told_as_such_and_new_ones_are_taken()
    {
        Assert.SkipWhen(store.Server.RoleArn is null, "needs a role");
        using var folder = new TemporaryFolder();
        var file = folder["credentials"];
        await WriteSessionAsync(file, seconds: 1);
        await using var sink = new Sink(store, await store.NewBucketAsync(), WithProfile(file));
        await Task.Delay(2500);

        var failure = await sink.FailToPutAsync();

        Assert.True(failure.IsTransient, failure.Message);
        Assert.Equal(StorageFailure.Credentials, failure.Failure);
        await WriteSessionAsync(file, seconds: 60);
        await sink.PutAsync("k", "x");
    }

    [Fact]
    public async Task A_profile_that_is_not_there_is_waited_for()
    {
        using var folder = new TemporaryFolder();
        await using var sink = new Sink(store, await store.NewBucketAsync(), WithProfile(folder["credentials"]));
        var missing = await sink.FailToPutAsync();
        Assert.Equal((StorageFailure.Credentials, true), (missing.Failure, missing.IsTransient));
        Assert.Contains(folder["credentials"], missing.Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder["credentials"], "[other]\n");
        Assert.Contains("appstream_machine_role", (await sink.FailToPutAsync()).Message, StringComparison.Ordinal);

        await WriteKeysAsync(folder["credentials"], store.Server.User);

        await sink.PutAsync("k", "x");
    }

    [Fact]
    public async Task Instance_metadata_that_is_ruled_out_is_never_asked()
    {
        await using var metadata = new FaultProxy(1);
        using var environment = new EnvironmentChange(new()
        {
            ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = $"http://127.0.0.1:{metadata.Port}",
            ["AWS_ACCESS_KEY_ID"] = null,
            ["AWS_PROFILE"] = null,
            ["AWS_REGION"] = null,
            ["HOME"] = "/nonexistent",
        });
        await using var sink = new Sink(store, "any", o =>
        {
            (o.AccessKeyId, o.SecretAccessKey, o.Region) = (null, null, null);
            o.AllowInstanceMetadata = false;
        });

        var failure = await sink.FailToPutAsync();

        Assert.Equal((StorageFailure.Credentials, true), (failure.Failure, failure.IsTransient));
        Assert.Equal(0, metadata.Connections);
    }

    [Fact]
    public async Task Keys_in_the_environment_are_taken_where_the_configuration_gives_none()
    {
        using var environment = new EnvironmentChange(new()
        {
            ["AWS_ACCESS_KEY_ID"] = store.Server.User.AccessKey,
            ["AWS_SECRET_ACCESS_KEY"] = store.Server.User.SecretKey,
        });
        await using var sink = new Sink(store, await store.NewBucketAsync(), o => (o.AccessKeyId, o.SecretAccessKey) = (null, null));

        await sink.PutAsync("k", "x");
    }

    private static Action<S3StorageOptions> WithProfile(string file) => o =>
    {
        (o.AccessKeyId, o.SecretAccessKey) = (null, null);
        (o.Profile, o.CredentialsFile) = ("appstream_machine_role", file);
    };

    private static Task WriteKeysAsync(string file, S3User user) => File.WriteAllTextAsync(
        file, $"[appstream_machine_role]\naws_access_key_id = {user.AccessKey}\naws_secret_access_key = {user.SecretKey}\n");

    private async Task WriteSessionAsync(string file, int seconds)
    {
        var session = await AssumeAsync(seconds);
        await File.WriteAllTextAsync(file, $"""
            [appstream_machine_role]
            aws_access_key_id = {session.AccessKeyId}
            aws_secret_access_key = {session.SecretAccessKey}
            aws_session_token = {session.SessionToken}
            """);
    }

    private async Task<string> NewSessionAsync(int seconds)
    {
        var session = await AssumeAsync(seconds);
        return JsonSerializer.Serialize(new
        {
            Version = 1,
            session.AccessKeyId,
            session.SecretAccessKey,
            session.SessionToken,
            Expiration = session.Expiration!.Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        });
    }

    private async Task<Credentials> AssumeAsync(int seconds)
    {
        using var tokens = new AmazonSecurityTokenServiceClient(
            new BasicAWSCredentials(store.Server.User.AccessKey, store.Server.User.SecretKey),
            new AmazonSecurityTokenServiceConfig { ServiceURL = store.Server.Endpoint.AbsoluteUri, AuthenticationRegion = store.Server.Region });
        var answer = await tokens.AssumeRoleAsync(
            new AssumeRoleRequest { RoleArn = store.Server.RoleArn, RoleSessionName = "test", DurationSeconds = seconds });
        return answer.Credentials;
    }
}
