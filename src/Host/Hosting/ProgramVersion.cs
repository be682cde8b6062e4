using System.Reflection;

namespace SessionRecorder.Host.Hosting;

/// <summary>This program's version, as <c>--version</c> prints it and the manifest holds it.</summary>
internal static class ProgramVersion
{
    public static string Current { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
