using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SessionRecorder.Tests;

/// <summary>Bicep's compiler and linter, and the template that it makes of deploy/azure.</summary>
internal static class Bicep
{
    public static string Templates { get; } = Metadata("Templates");

    /// <summary>Runs it on a file, with what it needs kept in a folder.</summary>
    public static Task<ToolResult> RunAsync(TemporaryFolder folder, params string[] arguments)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64, "the package has Bicep for Linux on x64 alone");
        Directory.CreateDirectory(folder["home"]);
        var environment = new Dictionary<string, string?> { ["HOME"] = folder["home"], ["BICEP_TELEMETRY_OPTOUT"] = "1" };
        return Tool.TryAsync(
            Path.Combine(Metadata("BicepPackage"), "tools", "bicep"), arguments, environment, TimeSpan.FromMinutes(3));
    }

    /// <summary>Compiles the main template.</summary>
    public static async Task<JsonElement> CompileAsync()
    {
        using var folder = new TemporaryFolder();
        var result = await RunAsync(folder, "build", Path.Combine(Templates, "main.bicep"), "--outfile", folder["main.json"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        return JsonDocument.Parse(await File.ReadAllTextAsync(folder["main.json"])).RootElement.Clone();
    }

    private static string Metadata(string key) => typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value ?? throw new IOException($"the project says no {key}");
}
