using System.Net.Sockets;
using System.Security.Authentication;
using Azure;
using Azure.Identity;

namespace SessionRecorder.Plugins;

/// <summary>What the failures of the store, the network and the SDK mean.</summary>
/// <remarks>
/// Transient is what can mend itself, and also what looks just like it: wrong credentials cannot be told from ones that
/// are about to be renewed or from a request damaged on its way, and a container that is missing may only be late. Retrying
/// costs a request every half minute; giving up costs the recording.
/// </remarks>
internal static class AzureFailures
{
    /// <summary>Makes a failure one of the store.</summary>
    /// <param name="e">The failure.</param>
    /// <param name="action">What was being done, as <c>'key' could not be stored in azure://container</c>.</param>
    /// <param name="key">The key concerned; null where the whole store is.</param>
    /// <param name="about">What is known of the sink.</param>
    public static StorageException Map(Exception e, string action, string? key, SinkFacts about)
    {
        var verdict = Judge(e, about);
        // The answer to a wrong signature repeats the request, and what signed it must not be guessed from a log.
        var cause = verdict.Failure == StorageFailure.Credentials && Find<RequestFailedException>(e) is not null ? null : e;
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

    public static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim().TrimEnd('.');

    private static Verdict Judge(Exception e, SinkFacts about)
    {
        if (Find<ContentException>(e) is { } content)
        {
            return new(StorageFailure.Other, true, $"the bytes to store could not be read: {OneLine(content.Message)}", null);
        }

        if (Find<AuthenticationFailedException>(e) is not null || Find<CredentialUnavailableException>(e) is not null)
        {
            return new(
                StorageFailure.Credentials, true, "no token could be had for the identity that the sink's Identity names",
                "Assign the machine a managed identity (or set the sink's ManagedIdentityClientId to one that it has), or configure what Identity names.");
        }

        return Find<RequestFailedException>(e) is { Status: not 0 } answer ? AzureAnswers.Judge(answer, about) : JudgeTransport(e, about);
    }

    private static Verdict JudgeTransport(Exception e, SinkFacts about)
    {
        var host = about.Host ?? "the store";
        if (Find<AuthenticationException>(e) is { } tls)
        {
            return new(
                StorageFailure.Unreachable, true, $"{host} could not prove who it is (TLS): {OneLine(tls.Message)}",
                "Check this machine's clock and, for a private certificate authority, the sink's CaFile.");
        }

        if (Find<SocketException>(e) is { } socket)
        {
            return socket.SocketErrorCode is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
                ? new(StorageFailure.Unreachable, true, $"the name of {host} is not known (DNS)", "Check the account's name in the sink's AccountUrl or secret, and this machine's name service.")
                : new(StorageFailure.Unreachable, true, $"{host} could not be reached: {OneLine(socket.Message)}", "Check the sink's AccountUrl and the network to it: proxy, firewall, private endpoint.");
        }

        return e switch
        {
            OperationCanceledException or TimeoutException =>
                new(StorageFailure.Unreachable, true, $"{host} did not answer in time", "Check the network to it: proxy, firewall, private endpoint."),
            HttpRequestException or IOException or RequestFailedException or AggregateException =>
                new(StorageFailure.Unreachable, true, $"the connection to {host} broke: {OneLine((e.InnerException ?? e).Message)}", null),
            _ => new(StorageFailure.Other, true, $"{e.GetType().Name}: {OneLine(e.Message)}", null),
        };
    }
}

/// <summary>What a failure means.</summary>
internal sealed record Verdict(StorageFailure Failure, bool IsTransient, string Reason, string? Remedy);

/// <summary>What is known of the sink that failed.</summary>
/// <param name="Options">Its options.</param>
/// <param name="Host">The store's host, if known.</param>
/// <param name="ClockOffset">The store's time less this machine's, if known.</param>
/// <param name="Signature">Its SAS, if it uses one.</param>
/// <param name="Now">This machine's time.</param>
internal sealed record SinkFacts(AzureBlobOptions Options, string? Host, TimeSpan? ClockOffset, SharedAccess? Signature, DateTimeOffset Now);
