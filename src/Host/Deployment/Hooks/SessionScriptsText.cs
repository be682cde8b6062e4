using System.Text;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>The text of a file, and the encoding that it goes back in.</summary>
/// <param name="Text">Without a byte order mark.</param>
/// <param name="Encoding">The encoding.</param>
/// <param name="Preamble">The byte order mark; empty for none.</param>
internal sealed record SessionScriptsText(string Text, Encoding Encoding, byte[] Preamble)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly Encoding[] Marked =
    [
        new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: false, byteOrderMark: true, throwOnInvalidBytes: true),
        new UnicodeEncoding(bigEndian: true, byteOrderMark: true, throwOnInvalidBytes: true),
    ];

    /// <summary>Decodes UTF-8, or what a byte order mark says.</summary>
    /// <exception cref="DecoderFallbackException">It is not text.</exception>
    public static SessionScriptsText Decode(byte[] bytes)
    {
        var marked = Array.Find(Marked, encoding => bytes.AsSpan().StartsWith(encoding.Preamble));
        var encoding = marked ?? Utf8;
        var preamble = marked?.GetPreamble() ?? [];
        return new SessionScriptsText(encoding.GetString(bytes.AsSpan(preamble.Length)), encoding, preamble);
    }

    public byte[] Encode() => [.. Preamble, .. Encoding.GetBytes(Text)];
}
