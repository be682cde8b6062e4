using System.Text;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>What leads from the fixed path that hooks call to the version in use, on Windows: a batch file.</summary>
/// <remarks>
/// On Linux it is a link. On Windows a link to a program would make it look for its files, also later on while it runs, beside
/// the link, and so in another version's folder once the link is changed. A batch file is read on from where it was when its
/// program ends, from whatever file has the name by then: so all have one length, and the program stands at the end. Its exit
/// code is the batch file's.
/// </remarks>
internal static class PointerScript
{
    private const string Remark = "@rem Session Recorder: leads to the version in use. ";
    private const string Begin = @"@""%~dp0versions\";
    private const string LineEnd = "\r\n";
    private const int Length = 512;

    public static byte[] To(string versionFolder, string program)
    {
        var call = $"{Begin}{versionFolder}\\{program}\" %*{LineEnd}";
        return Encoding.ASCII.GetBytes(Remark.PadRight(Length - call.Length - LineEnd.Length, '.') + LineEnd + call);
    }

    /// <summary>The version's folder that it leads to; null when it is not one of ours.</summary>
    public static string? Read(string text)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = begin < Begin.Length ? -1 : text.IndexOf('\\', begin);
        return end > 0 ? text[begin..end] : null;
    }
}
