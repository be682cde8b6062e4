using System.Text.Json.Nodes;
using SessionRecorder.Host.Deployment;
using SessionRecorder.Tests.Configuration;

namespace SessionRecorder.Tests.Deployment;

/// <summary>What deploy/aws promises: rights for what is needed and no more, and a bucket that is closed.</summary>
public sealed class AwsTemplateTests
{
    private const string Key = "arn:aws:kms:eu-central-1:111122223333:key/k";
    private const string Recordings = "Bucket.Arn/recordings/*";

    private static readonly (string, string)[] Everything =
    [
        ("KmsKeyArn", Key), ("ObjectLock", "compliance"), ("AllowTags", "yes"), ("Ec2", "yes"), ("ArchiveAfterDays", "30"),
        ("ExpireAfterDays", "400"), ("AuditorArn", "arn:aws:iam::111122223333:user/auditor"), ("Pools", "yes"),
    ];

    [Fact]
    public void The_recorder_may_put_and_remove_pieces_of_growing_segments_and_nothing_else()
    {
        Assert.Equal(
            [("s3:PutObject", Recordings), ("s3:DeleteObject", "Bucket.Arn/recordings/*/tail/*")],
            Allowed(new CloudFormation("recordings.json"), "RecorderPolicy"));
    }

    [Theory]
    [InlineData("ObjectLock", "governance", "s3:PutObjectRetention", Recordings)]
    [InlineData("ObjectLock", "compliance", "s3:PutObjectRetention", Recordings)]
    [InlineData("AllowTags", "yes", "s3:PutObjectTagging", Recordings)]
    [InlineData("KmsKeyArn", Key, "kms:GenerateDataKey kms:Decrypt", Key)]
    public void A_right_more_is_given_only_with_the_option_that_needs_it(string option, string value, string actions, string resource)
    {
        var basic = Allowed(new CloudFormation("recordings.json"), "RecorderPolicy");
        var more = Allowed(new CloudFormation("recordings.json", (option, value)), "RecorderPolicy");

        Assert.Equal([.. basic, .. actions.Split(' ').Select(action => (action, resource))], more);
    }

    [Theory]
    [InlineData("Bucket.Arn/recordings/stack/tail/session/video/000001.mp4")]
    [InlineData("Bucket.Arn/recordings/stack/tail/session/manifest.json")]
    [InlineData("Bucket.Arn/recordings/stack/tail/session/ledger.jsonl")]
    [InlineData("Bucket.Arn/recordings/stack/fleet/session/video/000001.mp4")]
    public void What_a_session_recorded_cannot_be_deleted_even_where_a_fleet_is_called_tail(string key)
    {
        var statements = new CloudFormation("recordings.json").Statements("RecorderPolicy").ToArray();

        Assert.False(MayDelete(statements, key));
        Assert.True(MayDelete(statements, "Bucket.Arn/recordings/stack/fleet/session/tail/000001-000"));
    }

    [Fact]
    public void The_auditor_may_list_and_read_the_recordings_alone()
    {
        var cloud = new CloudFormation("recordings.json", Everything);

        Assert.Equal(
            [("s3:ListBucket", "Bucket.Arn"), ("s3:GetObject", Recordings), ("kms:Decrypt", Key)],
            Allowed(cloud, "AuditorPolicy"));
        Assert.Equal("recordings/*", (string?)cloud.Statements("AuditorPolicy").First()["Condition"]!["StringLike"]!["s3:prefix"]![0]);
    }

    [Fact]
    public void No_identity_policy_names_every_resource_or_every_action()
    {
        var cloud = new CloudFormation("recordings.json", Everything);
        var policies = cloud.Resources.Where(resource => (string)resource.Value["Type"]! == "AWS::IAM::ManagedPolicy").ToArray();

        Assert.Equal(2, policies.Length);
        foreach (var statement in policies.SelectMany(policy => cloud.Statements(policy.Key)))
        {
            Assert.DoesNotContain("*", CloudFormation.Texts(statement["Resource"]));
            Assert.DoesNotContain(CloudFormation.Texts(statement["Action"]), action => action.Contains('*', StringComparison.Ordinal));
            Assert.Null(statement["NotAction"] ?? statement["NotResource"]);
        }

        // Roles have these policies and none of their own.
        Assert.All(
            cloud.Resources.Values.Where(resource => (string)resource["Type"]! == "AWS::IAM::Role"),
            role => Assert.True(role["Properties"]!["Policies"] is null && role["Properties"]!["ManagedPolicyArns"]!.AsArray().Count == 1));
    }

    [Fact]
    public void Roles_are_made_for_the_platforms_that_are_asked_for_and_trust_these_alone()
    {
        var plain = new CloudFormation("recordings.json").Resources;
        var all = new CloudFormation("recordings.json", Everything).Resources;

        Assert.Equal(["AppStreamRole"], plain.Keys.Where(name => name.EndsWith("Role", StringComparison.Ordinal)));
        Assert.Equal("appstream.amazonaws.com", Trusted("AppStreamRole")["Principal"]!["Service"]!.ToString());
        Assert.Equal("111122223333", Trusted("AppStreamRole")["Condition"]!["StringEquals"]!["aws:SourceAccount"]!.ToString());
        Assert.Equal("workspaces.amazonaws.com", Trusted("PoolsRole")["Principal"]!["Service"]!.ToString());
        Assert.Equal("ec2.amazonaws.com", Trusted("Ec2Role")["Principal"]!["Service"]!.ToString());
        Assert.Equal("arn:aws:iam::111122223333:user/auditor", Trusted("AuditorRole")["Principal"]!["AWS"]!.ToString());

        JsonNode Trusted(string role) => Assert.Single(all[role]["Properties"]!["AssumeRolePolicyDocument"]!["Statement"]!.AsArray())!;
    }

    [Fact]
    public void The_bucket_is_closed_versioned_encrypted_and_outlives_the_stack()
    {
        var bucket = new CloudFormation("recordings.json").Resources["Bucket"];
        var properties = bucket["Properties"]!;

        Assert.Equal("Retain", (string?)bucket["DeletionPolicy"]);
        Assert.Equal("Retain", (string?)bucket["UpdateReplacePolicy"]);
        Assert.Equal("Enabled", (string?)properties["VersioningConfiguration"]!["Status"]);
        Assert.Equal("BucketOwnerEnforced", (string?)properties["OwnershipControls"]!["Rules"]![0]!["ObjectOwnership"]);
        var access = properties["PublicAccessBlockConfiguration"]!.AsObject();
        Assert.Equal(4, access.Count(setting => (bool)setting.Value!));
        Assert.Equal("AES256", (string?)Encryption(properties)["SSEAlgorithm"]);
        Assert.Null(properties["ObjectLockEnabled"]);

        var kms = new CloudFormation("recordings.json", Everything).Resources["Bucket"]["Properties"]!;
        Assert.Equal(("aws:kms", Key), ((string?)Encryption(kms)["SSEAlgorithm"], (string?)Encryption(kms)["KMSMasterKeyID"]));
        Assert.True((bool)kms["ObjectLockEnabled"]!);

        // A default retention would lock the pieces of growing segments too: the recorder locks object by object.
        Assert.Null(kms["ObjectLockConfiguration"]);

        static JsonNode Encryption(JsonNode bucket) =>
            bucket["BucketEncryption"]!["ServerSideEncryptionConfiguration"]![0]!["ServerSideEncryptionByDefault"]!;
    }

    [Fact]
    public void The_bucket_refuses_plain_http_and_the_overwriting_of_recordings_and_allows_nothing_by_itself()
    {
        var statements = new CloudFormation("recordings.json").Statements("BucketPolicy").ToDictionary(s => (string)s["Sid"]!);

        Assert.All(statements.Values, statement => Assert.Equal("Deny", (string?)statement["Effect"]));
        Assert.Equal("false", (string?)statements["TlsOnly"]["Condition"]!["Bool"]!["aws:SecureTransport"]);
        Assert.Equal(["Bucket.Arn", "Bucket.Arn/*"], CloudFormation.Texts(statements["TlsOnly"]["Resource"]));
        Assert.Equal(
            ["Bucket.Arn/recordings/*/video/*", "Bucket.Arn/recordings/*/session.json"],
            CloudFormation.Texts(statements["WrittenOnce"]["Resource"]));
        Assert.Equal("true", (string?)statements["WrittenOnce"]["Condition"]!["Null"]!["s3:if-none-match"]);
    }

    [Fact]
    public void Old_versions_and_broken_uploads_expire_and_recordings_only_when_asked()
    {
        Assert.Equal(["deleted", "what-interrupted-uploads-left", "heartbeats-of-machines-that-are-gone"], Rules().Keys);
        Assert.Equal("recordings/heartbeats/", (string?)Rules()["heartbeats-of-machines-that-are-gone"]["Prefix"]);
        Assert.Equal("7", Rules()["deleted"]["NoncurrentVersionExpiration"]!["NoncurrentDays"]!.ToString());
        Assert.Equal("1", Rules()["what-interrupted-uploads-left"]["AbortIncompleteMultipartUpload"]!["DaysAfterInitiation"]!.ToString());

        var all = Rules(Everything);
        Assert.Equal("30", all["archive"]["Transitions"]![0]!["TransitionInDays"]!.ToString());
        Assert.Equal("400", all["expire"]["ExpirationInDays"]!.ToString());

        static Dictionary<string, JsonObject> Rules(params (string, string)[] parameters) =>
            new CloudFormation("recordings.json", parameters).Resources["Bucket"]["Properties"]!["LifecycleConfiguration"]!["Rules"]!
                .AsArray().ToDictionary(rule => (string)rule!["Id"]!, rule => rule!.AsObject());
    }

    [Fact]
    public void The_outputs_are_configurations_that_the_program_takes()
    {
        using var file = new ConfigurationFile();
        var outputs = new CloudFormation("recordings.json", Everything).Outputs;

        var appStream = file.Load(outputs["AppStreamConfiguration"]).Options.Storage["aws"];
        Assert.Equal("s3", appStream.Plugin);
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["AllowInstanceMetadata"] = "false", ["Bucket"] = "Bucket", ["Encryption"] = "kms", ["KeyPrefix"] = "recordings",
                ["KmsKeyId"] = Key, ["ObjectLock"] = "compliance", ["Profile"] = "appstream_machine_role",
                ["Region"] = "eu-central-1", ["RetentionDays"] = "365",
            },
            appStream.Options.GetChildren().ToDictionary(option => option.Key, option => option.Value));
        Assert.Equal("workspaces_machine_role", file.Load(outputs["PoolsConfiguration"]).Options.Storage["aws"].Options["Profile"]);
        var plain = file.Load(new CloudFormation("recordings.json").Outputs["Configuration"]).Options.Storage["aws"];
        Assert.Equal(["Bucket", "KeyPrefix", "Region"], plain.Options.GetChildren().Select(option => option.Key).Order());
    }

    [Theory]
    [InlineData("AppStreamConfiguration", nameof(InstallTarget.AppStream), false)]
    [InlineData("AppStreamConfiguration", nameof(InstallTarget.AppStream), true)]
    [InlineData("Configuration", nameof(InstallTarget.WorkSpaces), false)]
    [InlineData("Configuration", nameof(InstallTarget.WorkSpaces), true)]
    [InlineData("Configuration", nameof(InstallTarget.Ec2), false)]
    [InlineData("Configuration", nameof(InstallTarget.Ec2), true)]
    public async Task An_output_installed_as_it_is_records_every_session_and_tells_of_those_that_are_not(string output, string target, bool isWindows)
    {
        using var machine = new FakeMachine(isWindows);
        var text = new CloudFormation("recordings.json", ("Ec2", "yes")).Outputs[output];
        await File.WriteAllTextAsync(machine["given.json"], text, TestContext.Current.CancellationToken);
        var request = machine.Request(Enum.Parse<InstallTarget>(target)) with
        {
            Configuration = machine["given.json"],
            Service = isWindows && target != nameof(InstallTarget.AppStream),
        };

        var plan = await machine.PlanAsync(request);

        Assert.DoesNotContain(plan.Notes, note => note.Contains("does not set", StringComparison.Ordinal));
        using var file = new ConfigurationFile();
        var options = file.Load(text).Options;
        Assert.Equal(((bool?)null, "auto"), (options.Service.Watch, options.Elevation.Plugin));
        Assert.Equal(TimeSpan.FromMinutes(5), options.Heartbeat.Interval);
    }

    [Theory]
    [InlineData("heartbeats/HOST/machine")]
    [InlineData("heartbeats/HOST/20261123T080000Z-host-1a2b3c.session")]
    public void A_heartbeat_may_be_put_again_and_again(string key)
    {
        var cloud = new CloudFormation("recordings.json");
        var path = $"Bucket.Arn/recordings/{key}";

        Assert.Contains(Allowed(cloud, "RecorderPolicy"), right => right.Action == "s3:PutObject" && IsLike(path, right.Resource));
        var once = Assert.Single(cloud.Statements("BucketPolicy"), statement => (string)statement["Sid"]! == "WrittenOnce");
        Assert.DoesNotContain(CloudFormation.Texts(once["Resource"]), pattern => IsLike(path, pattern));
    }

    [Fact]
    public void The_network_leads_to_the_recordings_bucket_alone()
    {
        var cloud = new CloudFormation("network.json", ("Bucket", "acme-recordings"));
        var endpoint = cloud.Resources["S3Endpoint"]["Properties"]!;

        Assert.Equal("Gateway", (string?)endpoint["VpcEndpointType"]);
        var statement = Assert.Single(endpoint["PolicyDocument"]!["Statement"]!.AsArray())!;
        Assert.Equal(["arn:aws:s3:::acme-recordings/*"], CloudFormation.Texts(statement["Resource"]));
        Assert.Equal(
            ["s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectTagging", "s3:DeleteObject"],
            CloudFormation.Texts(statement["Action"]));
        Assert.Equal(2, cloud.Resources.Values.Count(resource => (string)resource["Type"]! == "AWS::EC2::Subnet"));
        Assert.DoesNotContain("AWS::EC2::InternetGateway", cloud.Resources.Values.Select(resource => (string)resource["Type"]!));
    }

    private static (string Action, string Resource)[] Allowed(CloudFormation cloud, string policy) =>
    [
        .. cloud.Statements(policy)
            .Where(statement => (string)statement["Effect"]! == "Allow")
            .SelectMany(statement => CloudFormation.Texts(statement["Action"])
                .SelectMany(action => CloudFormation.Texts(statement["Resource"]).Select(resource => (action, resource)))),
    ];

    private static bool MayDelete(IReadOnlyList<JsonObject> statements, string key)
    {
        var effects = statements
            .Where(statement => CloudFormation.Texts(statement["Action"]).Contains("s3:DeleteObject")
                && CloudFormation.Texts(statement["Resource"]).Any(pattern => IsLike(key, pattern)))
            .Select(statement => (string)statement["Effect"]!)
            .ToArray();
        return effects.Contains("Allow") && !effects.Contains("Deny");
    }

    private static bool IsLike(string text, string pattern) =>
        System.Text.RegularExpressions.Regex.IsMatch(text, "^" + System.Text.RegularExpressions.Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$");
}
