using System.CommandLine;

namespace SessionRecorder.Host.Commands;

/// <summary>Options that several commands about sessions share.</summary>
internal static class SessionOptions
{
    public static Option<string?> Id(string description) => new("--session") { Description = description, HelpName = "ID" };

    public static Option<string?> Platform()
    {
        var option = new Option<string?>("--platform")
        {
            Description = "The platform, instead of the configured one: auto, appstream, workspaces, ec2, local",
            HelpName = "NAME",
        };
        return option;
    }
}
