using System.Text;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Hosting;

/// <summary>Remembers, in a session's spool folder, the folder that <c>record --output</c> named.</summary>
/// <remarks>A configuration outlives a crash by itself; a command line does not, and recovery has to deliver there.</remarks>
internal static class OutputNote
{
    private const string FileName = "output";

    public static void Write(string sessionFolder, string outputFolder) =>
        DurableFiles.Write(Path.Combine(sessionFolder, FileName), Encoding.UTF8.GetBytes(Path.GetFullPath(outputFolder)));

    /// <summary>The folder, or null where the session goes to the configured sinks.</summary>
    public static string? Read(string sessionFolder)
    {
        var path = Path.Combine(sessionFolder, FileName);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }
}
