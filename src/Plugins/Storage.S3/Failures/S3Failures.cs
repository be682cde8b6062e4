using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;

namespace SessionRecorder.Plugins;

/// <summary>What the failures of the store, the network and the SDK mean.</summary>
/// <remarks>
/// Transient is what can mend itself, and also what looks just like it: wrong credentials cannot be told from ones that
/// are about to be renewed or from a request damaged on its way, and a bucket that is missing may only be late. Retrying
/// costs a request every half minute; giving up costs the recording.
/// </remarks>
internal static class S3Failures
{
    /// <summary>Makes a failure one of the store.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="action">What was being done, as <c>'key' could not be stored in s3://bucket</c>.</param>
    /// <param name="key">The key concerned; null where the whole store is.</param>
    /// <param name="options">The sink's options.</param>
    /// <param name="clockOffset">The store's time less this machine's, if known.</param>
    public static StorageException Map(
        Exception e, string action, string? key, S3StorageOptions options, TimeSpan? clockOffset)
    {
        var verdict = Judge(e, options, clockOffset);
        // The answer to a wrong signature repeats the request with its token.
        var cause = Find<AmazonServiceException>(e)?.ErrorCode == "SignatureDoesNotMatch" ? null : e;
        return new StorageException($"{action}: {verdict.Reason}", verdict.Failure, verdict.IsTransient, key, verdict.Remedy, cause);
    }

    /// <summary>Nothing moved for too long.</summary>
    public static StorageException Stalled(string action, string? key, TimeSpan limit, Exception e) => new(
        $"{action}: nothing moved for {limit.TotalSeconds:0.#} s",
        StorageFailure.Unreachable,
        isTransient: true,
        key,
        "Check the network between this machine and the store, and the store itself.",
        e);

    /// <summary>Whether the store refused because this machine's clock is wrong.</summary>
    public static bool IsClockSkew(Exception? e) =>
        Find<AmazonServiceException>(e)?.ErrorCode is "RequestTimeTooSkewed" or "RequestExpired" or "RequestInTheFuture";

    public static T? Find<T>(Exception? e)
        where T : Exception
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static Verdict Judge(Exception e, S3StorageOptions options, TimeSpan? clockOffset)
    {
        if (Find<ContentException>(e) is { } content)
        {
            return new(StorageFailure.Other, true, $"the bytes to store could not be read: {OneLine(content.Message)}", null);
        }

        if (Find<AmazonServiceException>(e) is { } answer && (int)answer.StatusCode != 0)
        {
            return S3Answers.Judge(answer, options, clockOffset);
        }

        return JudgeTransport(e, options);
    }

    private static Verdict JudgeTransport(Exception e, S3StorageOptions options)
    {
        var host = options.Endpoint?.Authority ?? $"Amazon S3{(options.Region is { } region ? $" in {region}" : "")}";
        if (Find<AuthenticationException>(e) is { } tls)
        {
            return new(
                StorageFailure.Unreachable, true, $"{host} could not prove who it is (TLS): {OneLine(tls.Message)}",
                "Check this machine's clock and, for a private certificate authority, the sink's CaFile.");
        }

        if (Find<SocketException>(e) is { } socket)
        {
            return socket.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                ? new(StorageFailure.Unreachable, true, $"the name of {host} is not known (DNS)", "Check the sink's Endpoint, Bucket and Region, and this machine's name service.")
                : new(StorageFailure.Unreachable, true, $"{host} could not be reached: {OneLine(socket.Message)}", "Check the sink's Endpoint and the network to it: proxy, firewall, VPC endpoint.");
        }

        return e switch
        {
            OperationCanceledException or TimeoutException =>
                new(StorageFailure.Unreachable, true, $"{host} did not answer in time", "Check the network to it: proxy, firewall, VPC endpoint."),
            HttpRequestException or IOException or AmazonServiceException =>
                new(StorageFailure.Unreachable, true, $"the connection to {host} broke: {OneLine(e.Message)}", null),
            _ => new(StorageFailure.Other, true, $"{e.GetType().Name}: {OneLine(e.Message)}", null),
        };
    }

    public static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}

/// <summary>What a failure means.</summary>
internal sealed record Verdict(StorageFailure Failure, bool IsTransient, string Reason, string? Remedy);
