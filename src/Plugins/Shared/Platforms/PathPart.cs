using System.Security.Cryptography;
using System.Text;

namespace SessionRecorder.Plugins;

/// <summary>Parts of a place in storage that leave room for the rest of the key.</summary>
internal static class PathPart
{
    private const int MostEncoded = 240;
    private const int HashLength = 16;

    /// <summary>
    /// A name as it is, or where it is too long for a key of 1024 characters, its beginning and a hash: two names stay two.
    /// </summary>
    public static string Of(string name)
    {
        // A lone surrogate, which a Windows name may hold, has no UTF-8 form; storage takes the replacement character.
        if (StorageKey.EncodePart(name).Length <= MostEncoded)
        {
            return name;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(name)))[..HashLength];
        var beginning = new StringBuilder();
        var length = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            length += StorageKey.EncodePart($"x{rune}x").Length - 2;
            if (length > MostEncoded - HashLength - 1)
            {
                break;
            }

            beginning.Append(rune);
        }

        return $"{beginning}-{hash}";
    }
}
