using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SessionRecorder.Host.Heartbeat;

/// <summary>What a machine, or a session on it, told of itself last; schema 1 (docs/operating.md).</summary>
internal sealed record HeartbeatDocument
{
    /// <summary>The state of a session whose agent has ended as it should.</summary>
    public const string Ended = "ended";

    /// <summary>The folder of all heartbeats, below the key prefix.</summary>
    public const string Folder = "heartbeats/";

    public int Schema { get; init; } = 1;

    public required string Host { get; init; }

    /// <summary>When it was told, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>After how many seconds the next is due.</summary>
    public required double Interval { get; init; }

    public required string Recorder { get; init; }

    /// <summary>The session that an agent tells of; null in a machine's own.</summary>
    public HeartbeatSession? Session { get; init; }

    /// <summary>The sessions that a machine's service sees; null in an agent's.</summary>
    public IReadOnlyList<HeartbeatDesktop>? Desktops { get; init; }

    private const string MachineName = "machine";

    private const string SessionSuffix = ".session";

    /// <summary>Whether what lies in <see cref="Folder"/> is a heartbeat, by what its key has after that.</summary>
    public static bool IsBelowFolder(string name) =>
        name.Split('/') is [_, var last] && (last == MachineName || last.EndsWith(SessionSuffix, StringComparison.Ordinal));

    /// <summary>The key of an agent's. No part of it is a name that a recording's objects have.</summary>
    public static string KeyOf(string keyPrefix, string host, string sessionId) =>
        $"{keyPrefix}{Folder}{StorageKey.EncodePart(host)}/{StorageKey.EncodePart(sessionId)}{SessionSuffix}";

    /// <summary>The key of a machine's.</summary>
    public static string KeyOf(string keyPrefix, string host) => $"{keyPrefix}{Folder}{StorageKey.EncodePart(host)}/{MachineName}";
}

/// <summary>A session, as its agent tells of it.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="User">Whose it is.</param>
/// <param name="SystemSession">The system's name for it.</param>
/// <param name="Prefix">Where its recording lies.</param>
/// <param name="State"><c>starting</c>, <c>recording</c>, <c>gap</c>, <c>stopping</c> or <c>ended</c>.</param>
/// <param name="GapCause">Why there is no picture now, or null.</param>
/// <param name="WaitingBytes">Video that waits for the sink that is furthest behind.</param>
internal sealed record HeartbeatSession(
    string SessionId, string User, string SystemSession, string Prefix, string State, string? GapCause, long WaitingBytes);

/// <summary>A desktop session that a service sees.</summary>
/// <param name="SystemSession">The system's name for it.</param>
/// <param name="User">Whose it is.</param>
/// <param name="SessionId">The recording that is made of it; null where none is.</param>
/// <param name="Excepted">Why the policy leaves it alone; null where it does not.</param>
/// <param name="Unseen">Why no picture of it is to be had; null where one is.</param>
internal sealed record HeartbeatDesktop(string SystemSession, string User, string? SessionId, string? Excepted, string? Unseen = null);

/// <summary>Heartbeats as bytes. Names in any script stay readable: no line is ever HTML.</summary>
internal static class HeartbeatFormat
{
    public static JsonTypeInfo<HeartbeatDocument> Document { get; } = new HeartbeatJson(
        new JsonSerializerOptions(HeartbeatJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
        .HeartbeatDocument;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(HeartbeatDocument))]
internal sealed partial class HeartbeatJson : JsonSerializerContext;
