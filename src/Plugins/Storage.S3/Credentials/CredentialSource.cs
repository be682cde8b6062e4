using Amazon.Runtime;

namespace SessionRecorder.Plugins;

/// <summary>Credentials and where they come from. Thread-safe.</summary>
/// <param name="Credentials">The credentials; temporary ones renew themselves.</param>
/// <param name="Description">Where they come from, for people, without any of their values.</param>
/// <param name="Region">The region to work in.</param>
internal sealed record CredentialSource(AWSCredentials Credentials, string Description, string Region)
{
    /// <summary>The credentials as they are now, renewed if need be.</summary>
    /// <exception cref="StorageException"><see cref="StorageFailure.Credentials"/>, transient: they could not be got.</exception>
    public async Task<ImmutableCredentials> GetAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The SDK's own sources ask the network before they first wait.
            return await Task.Run(Credentials.GetCredentialsAsync, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is not (OperationCanceledException or StorageException))
        {
            throw CredentialFailures.NotGiven(Description, e);
        }
    }

    /// <summary>Credentials that never change, for one client.</summary>
    /// <remarks>
    /// The SDK asks for credentials several times within a request: renewed in the middle of it, they would give the key of
    /// one session and the token of another.
    /// </remarks>
    public static AWSCredentials Fix(ImmutableCredentials values) => values.UseToken
        ? new SessionAWSCredentials(values.AccessKey, values.SecretKey, values.Token)
        : new BasicAWSCredentials(values.AccessKey, values.SecretKey);

    /// <summary>The store does not take them: has them got anew.</summary>
    public void Forget() => (Credentials as RefreshingAWSCredentials)?.ClearCredentials();
}

/// <summary>Why there are no credentials. All transient: whoever gives them may only be late.</summary>
internal static class CredentialFailures
{
    public static StorageException NotGiven(string source, Exception e) => Missing(
        $"the {source} gave no credentials: {Reason(e)}",
        "Check that it works in the account that the recorder runs as.",
        e);

    public static StorageException Missing(string message, string remedy, Exception? inner = null) =>
        new(message, StorageFailure.Credentials, isTransient: true, remedy: remedy, innerException: inner);

    /// <summary>The words of what lies behind a failure, in one line.</summary>
    public static string Reason(Exception e) => Innermost(e).Message.ReplaceLineEndings(" ").Trim().TrimEnd('.');

    private static Exception Innermost(Exception e) => e.InnerException is { } inner and not System.Net.Sockets.SocketException ? Innermost(inner) : e;
}
