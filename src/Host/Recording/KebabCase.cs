using System.Text.Json;

namespace SessionRecorder.Host.Recording;

/// <summary>Writes enum values as they stand in ledger and manifest: <c>display-lost</c>.</summary>
internal static class KebabCase
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
