using System.Diagnostics.CodeAnalysis;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace SessionRecorder.Plugins;

/// <summary>A file with profiles: AWS's credentials file, or its config file, whose sections are named otherwise.</summary>
internal sealed class ProfileFile
{
    private readonly SharedCredentialsFile _file;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file; null for the account's own, <c>~/.aws/credentials</c> and <c>~/.aws/config</c>.</param>
    /// <exception cref="StorageException"><see cref="StorageFailure.Credentials"/>, transient: it is not there.</exception>
    public ProfileFile(string? path)
    {
        if (path is not null && !File.Exists(path))
        {
            throw CredentialFailures.Missing(
                $"the file with the credentials, '{path}', does not exist", "Set the sink's CredentialsFile to the file that has the profile.");
        }

        _file = path is null ? new SharedCredentialsFile() : new SharedCredentialsFile(path);
    }

    public string Path => _file.FilePath;

    /// <summary>A profile; null when there is none of that name.</summary>
    public CredentialProfile? Find(string name) =>
        _file.TryGetProfile(name, out var profile) || _file.TryGetProfile($"profile {name}", out profile) ? profile : null;

    public bool TryCreate(CredentialProfile profile, [NotNullWhen(true)] out AWSCredentials? credentials) =>
        AWSCredentialsFactory.TryGetAWSCredentials(profile, _file, out credentials);
}
