using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization;

namespace SessionRecorder.Host.Spool;

/// <summary>The kinds of facts that this version knows.</summary>
internal static class LedgerFacts
{
    private static readonly FrozenSet<string> Known = typeof(LedgerFact)
        .GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
        .Select(type => (string)type.TypeDiscriminator!)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether lines of this kind can be read; others are kept and passed over.</summary>
    public static bool IsKnown(string kind) => Known.Contains(kind);

    /// <summary>Whether a fact tells of the delivery alone, and so may follow the seal.</summary>
    public static bool IsDelivery(LedgerFact? fact) => fact is Uploaded or UploadRefused or SinksConfigured or SinkLacks;
}
