using System.Globalization;
using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Spool;

/// <summary>Which sink confirmed which object, and which it refused for good or will never get.</summary>
/// <remarks>
/// Small, for a session may have ten thousand objects and hold them for days: a key is kept once, and a hash as the two
/// numbers that it is. Not thread-safe.
/// </remarks>
internal sealed class DeliveryAccount
{
    private readonly Dictionary<string, int> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Digest>> _confirmed = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Sink, string Key), string> _refused = [];
    private readonly Dictionary<string, HashSet<string>> _lacking = new(StringComparer.Ordinal);

    /// <summary>The sinks that the session went to last; null where nobody noted that.</summary>
    public IReadOnlyList<string>? Sinks { get; private set; }

    /// <summary>What was refused for good and not confirmed since: sink, key and the sink's reason.</summary>
    public IReadOnlyDictionary<(string Sink, string Key), string> Refused => _refused;

    /// <summary>Whether the last bytes that a sink confirmed under this key are these.</summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="key">The key below the session's prefix.</param>
    /// <param name="sha256">The hash of the bytes.</param>
    public bool IsConfirmed(string sink, string key, string sha256) =>
        _objects.TryGetValue(key, out var index)
        && _confirmed.TryGetValue(sink, out var digests)
        && index < digests.Count
        && Digest.TryParse(sha256, out var digest)
        && digests[index] == digest;

    /// <summary>Whether a sink confirmed anything under this key.</summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="key">The key below the session's prefix.</param>
    public bool IsConfirmedAtAll(string sink, string key) =>
        _objects.TryGetValue(key, out var index)
        && _confirmed.TryGetValue(sink, out var digests)
        && index < digests.Count
        && digests[index] != default;

    /// <summary>
    /// Whether every sink that ever confirmed anything confirmed these very bytes, but for those that were configured when
    /// they were gone; for a reader who knows no sink's name.
    /// </summary>
    /// <param name="key">The key below the session's prefix.</param>
    /// <param name="sha256">The hash of the bytes.</param>
    public bool IsConfirmedEverywhere(string key, string sha256) =>
        _confirmed.Keys.Any(sink => IsConfirmed(sink, key, sha256)) && _confirmed.Keys.All(sink => IsSettled(sink, key, sha256));

    /// <summary>Whether all of the sinks confirmed these very bytes; only then may the local copy go.</summary>
    /// <param name="sinks">The sinks' names.</param>
    /// <param name="key">The key below the session's prefix.</param>
    /// <param name="sha256">The hash of the bytes.</param>
    public bool IsConfirmedByAll(IEnumerable<string> sinks, string key, string sha256) =>
        sinks.All(sink => IsConfirmed(sink, key, sha256));

    /// <summary>Whether nothing of a segment is left to be sent to a sink: it confirmed it, or will never get it.</summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="key">The key below the session's prefix.</param>
    /// <param name="sha256">The hash of the bytes.</param>
    public bool IsSettled(string sink, string key, string sha256) => IsConfirmed(sink, key, sha256) || IsLacking(sink, key);

    /// <summary>Whether a sink will never get a segment, which was delivered and gone before the sink was configured.</summary>
    /// <param name="sink">The sink's name.</param>
    /// <param name="key">The key below the session's prefix.</param>
    public bool IsLacking(string sink, string key) => _lacking.TryGetValue(sink, out var keys) && keys.Contains(key);

    /// <summary>The sinks that will never get a segment.</summary>
    /// <param name="key">The key below the session's prefix.</param>
    public IEnumerable<string> SinksLacking(string key) => _lacking.Where(sink => sink.Value.Contains(key)).Select(sink => sink.Key);

    /// <summary>How many segments a sink will never get.</summary>
    /// <param name="sink">The sink's name.</param>
    public int CountLacking(string sink) => _lacking.TryGetValue(sink, out var keys) ? keys.Count : 0;

    /// <summary>Adds a fact; other facts than deliveries are passed over.</summary>
    public void Apply(LedgerFact? fact)
    {
        switch (fact)
        {
            case Uploaded uploaded:
                _refused.Remove((uploaded.Sink, uploaded.Key));
                Confirm(uploaded);
                break;
            case UploadRefused refused:
                _refused[(refused.Sink, refused.Key)] = refused.Reason;
                break;
            case SinksConfigured configured:
                Sinks = configured.Sinks;
                break;
            case SinkLacks lacks:
                Lack(lacks);
                break;
        }
    }

    private void Lack(SinkLacks lacks)
    {
        ref var keys = ref CollectionsMarshal.GetValueRefOrAddDefault(_lacking, lacks.Sink, out _);
        keys ??= new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in lacks.Segments)
        {
            keys.Add(key);
            _refused.Remove((lacks.Sink, key));
        }
    }

    private void Confirm(Uploaded uploaded)
    {
        ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(_objects, uploaded.Key, out var isKnown);
        index = isKnown ? index : _objects.Count - 1;
        ref var digests = ref CollectionsMarshal.GetValueRefOrAddDefault(_confirmed, uploaded.Sink, out _);
        digests ??= [];
        while (digests.Count <= index)
        {
            digests.Add(default);
        }

        digests[index] = Digest.TryParse(uploaded.Sha256, out var digest) ? digest : default;
    }

    /// <summary>A SHA-256 in 32 bytes. The default value stands for none.</summary>
    private readonly record struct Digest(UInt128 High, UInt128 Low)
    {
        private const int Digits = 32;

        public static bool TryParse(string sha256, out Digest digest)
        {
            digest = default;
            if (sha256.Length != 2 * Digits
                || !UInt128.TryParse(sha256.AsSpan(..Digits), NumberStyles.AllowHexSpecifier, null, out var high)
                || !UInt128.TryParse(sha256.AsSpan(Digits..), NumberStyles.AllowHexSpecifier, null, out var low))
            {
                return false;
            }

            digest = new Digest(high, low);
            return true;
        }
    }
}
