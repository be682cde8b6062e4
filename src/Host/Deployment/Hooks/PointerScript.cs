using System.Text;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>What leads from the fixed path that hooks call to the version in use, on Windows: a batch file.</summary>
/// <remarks>
/// On Linux it is a link. On Windows a link to a program would make it look for its files, also later on while it runs, beside
/// the link, and so in another version's folder once the link is changed. A batch file is read line by line while it runs:
/// hence one line, which ends by itself and hands on the exit code.
/// </remarks>
internal static class PointerScript
{
    public static byte[] To(string versionFolder, string program) =>
        Encoding.ASCII.GetBytes($"@\"%~dp0versions\\{versionFolder}\\{program}\" %* & exit /b\r\n");

    /// <summary>The version's folder that it leads to; null when it is not one of ours.</summary>
    public static string? Read(string text)
    {
        const string Begin = @"@""%~dp0versions\";
        var end = text.IndexOf('\\', Math.Min(Begin.Length, text.Length));
        return text.StartsWith(Begin, StringComparison.Ordinal) && end > 0 ? text[Begin.Length..end] : null;
    }
}
