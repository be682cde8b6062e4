using System.Text.Json;

namespace SessionRecorder.Host.Catalog;

/// <summary>Says in which fields a stored manifest differs from the one that its ledger gives.</summary>
internal sealed class ManifestComparison
{
    private const int MaxTold = 10;
    private readonly List<string> _differences = [];

    /// <summary>Compares. Fields that only the stored one has are a later version's, and no difference.</summary>
    /// <param name="stored">The manifest as stored.</param>
    /// <param name="derived">The manifest made from the ledger.</param>
    /// <returns>The differences in plain words, the first ten.</returns>
    public static IReadOnlyList<string> Find(ReadOnlyMemory<byte> stored, ReadOnlyMemory<byte> derived)
    {
        using var left = JsonDocument.Parse(stored);
        using var right = JsonDocument.Parse(derived);
        var comparison = new ManifestComparison();
        comparison.Compare("", left.RootElement, right.RootElement);
        var found = comparison._differences;
        return found.Count <= MaxTold ? found : [.. found.Take(MaxTold), $"{found.Count - MaxTold} more fields differ"];
    }

    private void Compare(string path, JsonElement stored, JsonElement derived)
    {
        switch (stored.ValueKind, derived.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                CompareObjects(path, stored, derived);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array) when path == "segments":
                CompareSegments(stored, derived);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                CompareArrays(path, stored, derived);
                break;
            case var _ when !JsonElement.DeepEquals(stored, derived):
                _differences.Add($"{path} is {Show(stored)}, and the ledger says {Show(derived)}");
                break;
        }
    }

    private void CompareObjects(string path, JsonElement stored, JsonElement derived)
    {
        foreach (var expected in derived.EnumerateObject())
        {
            var name = path.Length == 0 ? expected.Name : $"{path}.{expected.Name}";
            if (stored.TryGetProperty(expected.Name, out var value))
            {
                Compare(name, value, expected.Value);
            }
            else
            {
                _differences.Add($"{name} is missing, and the ledger says {Show(expected.Value)}");
            }
        }
    }

    private void CompareArrays(string path, JsonElement stored, JsonElement derived)
    {
        if (stored.GetArrayLength() != derived.GetArrayLength())
        {
            _differences.Add(
                $"{path} has {stored.GetArrayLength()} entries, and the ledger says {derived.GetArrayLength()}");
            return;
        }

        foreach (var (index, (left, right)) in stored.EnumerateArray().Zip(derived.EnumerateArray()).Index())
        {
            Compare($"{path}[{index}]", left, right);
        }
    }

    // By their own number, so that one that was removed does not make all after it differ.
    private void CompareSegments(JsonElement stored, JsonElement derived)
    {
        var left = ByIndex(stored);
        var right = ByIndex(derived);
        foreach (var (index, segment) in right)
        {
            if (left.TryGetValue(index, out var same))
            {
                Compare($"segment {index}", same, segment);
            }
            else
            {
                _differences.Add($"segment {index} is missing from it, and the ledger has it");
            }
        }

        foreach (var index in left.Keys.Where(index => !right.ContainsKey(index)))
        {
            _differences.Add($"segment {index} is in it, and the ledger does not have it");
        }

        if (stored.GetArrayLength() != left.Count)
        {
            _differences.Add("a segment is in it twice");
        }
    }

    private static SortedDictionary<int, JsonElement> ByIndex(JsonElement segments)
    {
        var byIndex = new SortedDictionary<int, JsonElement>();
        foreach (var segment in segments.EnumerateArray())
        {
            byIndex[segment.GetProperty("index").GetInt32()] = segment;
        }

        return byIndex;
    }

    private static string Show(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
        ? "something else"
        : value.GetRawText();
}
