using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Util;
using Microsoft.Extensions.Options;

namespace SessionRecorder.Plugins;

/// <summary>Finds credentials in the order of AWS's own tools, save that instance metadata can be ruled out. Thread-safe.</summary>
internal sealed class CredentialChain(
    IOptions<S3StorageOptions> options, StoreHttp http, IProcessSupervisor processes, TimeProvider time)
{
    private const string DefaultRegion = "us-east-1";

    private readonly S3StorageOptions _options = options.Value;

    /// <summary>Finds them. May ask the network, and block.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Credentials"/>: there are none.</exception>
    public CredentialSource Resolve()
    {
        var (credentials, description, profile) = Find();
        var region = FindRegion(profile);
        return _options.AssumeRoleArn is { } role
            ? new CredentialSource(
                new AssumedRole(credentials, _options, region, http), $"role {role}, assumed with the {description}", region)
            : new CredentialSource(credentials, description, region);
    }

    private (AWSCredentials Credentials, string Description, CredentialProfile? Profile) Find()
    {
        if (_options is { AccessKeyId: { } id, SecretAccessKey: { } secret })
        {
            AWSCredentials keys = _options.SessionToken is { } token
                ? new SessionAWSCredentials(id, secret, token)
                : new BasicAWSCredentials(id, secret);
            return (keys, "access key in the configuration", null);
        }

        if ((_options.Profile ?? _options.CredentialsFile) is not null)
        {
            return FromProfile(_options.Profile ?? SharedCredentialsFile.DefaultProfileName);
        }

        if (IsSet("AWS_ACCESS_KEY_ID") && IsSet("AWS_SECRET_ACCESS_KEY"))
        {
            return (new EnvironmentVariablesAWSCredentials(), "access key in the environment", null);
        }

        if (IsSet("AWS_WEB_IDENTITY_TOKEN_FILE") && IsSet("AWS_ROLE_ARN"))
        {
            return (AssumeRoleWithWebIdentityCredentials.FromEnvironmentVariables(), "web identity in the environment", null);
        }

        return FindDefaultProfile() ?? FindOfMachine();
    }

    private (AWSCredentials, string, CredentialProfile?)? FindDefaultProfile()
    {
        if (Environment.GetEnvironmentVariable("AWS_PROFILE") is { Length: > 0 } named)
        {
            return FromProfile(named);
        }

        // Without a home the SDK would read the working directory, which is nobody's in particular.
        var hasPlace = IsSet("HOME") || IsSet("USERPROFILE") || IsSet("AWS_SHARED_CREDENTIALS_FILE") || IsSet("AWS_CONFIG_FILE");
        return hasPlace && new ProfileFile(null).Find(SharedCredentialsFile.DefaultProfileName) is not null
            ? FromProfile(SharedCredentialsFile.DefaultProfileName)
            : null;
    }

    private (AWSCredentials, string, CredentialProfile?) FindOfMachine()
    {
        if (IsSet("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || IsSet("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        {
            return (new GenericContainerCredentials(), "container's role", null);
        }

        if (!_options.AllowInstanceMetadata)
        {
            throw CredentialFailures.Missing(
                "there are no credentials: no profile, nothing in the environment, and instance metadata is not to be asked",
                "Set the sink's Profile and CredentialsFile, or allow instance metadata (AllowInstanceMetadata).");
        }

        try
        {
            return (new InstanceProfileAWSCredentials(), "instance's role", null);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw CredentialFailures.Missing(
                "there are no credentials: no profile, nothing in the environment, and instance metadata tells of no role "
                    + $"({CredentialFailures.Reason(e)})",
                "Set the sink's Profile and CredentialsFile, or give the instance a role.",
                e);
        }
    }

    private (AWSCredentials, string, CredentialProfile?) FromProfile(string name)
    {
        var file = new ProfileFile(_options.CredentialsFile);
        var profile = file.Find(name) ?? throw CredentialFailures.Missing(
            $"there is no profile '{name}' in '{file.Path}'",
            "Set the sink's Profile to one that is there, and CredentialsFile to the file that has it.");
        if (!_options.AllowInstanceMetadata && profile.Options.CredentialSource == "Ec2InstanceMetadata")
        {
            throw CredentialFailures.Missing(
                $"the profile '{name}' wants the instance's role, and instance metadata is not to be asked",
                "Use another profile, or allow instance metadata (AllowInstanceMetadata).");
        }

        var description = $"profile '{name}' of '{file.Path}'";
        if (profile.Options.CredentialProcess is { } command)
        {
            return (new ProcessCredentials(command, processes, time), $"{description} (credential_process)", profile);
        }

        return file.TryCreate(profile, out var credentials)
            ? (credentials, description, profile)
            : throw CredentialFailures.Missing($"the {description} holds no credentials", "Complete the profile.");
    }

    private string FindRegion(CredentialProfile? profile) =>
        _options.Region
        ?? Variable("AWS_REGION")
        ?? Variable("AWS_DEFAULT_REGION")
        ?? profile?.Region?.SystemName
        ?? (_options.Endpoint is not null ? DefaultRegion : null)
        ?? (_options.AllowInstanceMetadata ? EC2InstanceMetadata.Region?.SystemName : null)
        ?? throw new StorageException(
            $"the region of the bucket '{_options.Bucket}' is not known",
            StorageFailure.Invalid,
            isTransient: true,
            remedy: "Set the sink's Region.");

    private static bool IsSet(string variable) => Variable(variable) is not null;

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
