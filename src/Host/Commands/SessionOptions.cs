using System.CommandLine;
using SessionRecorder.Host.Spool;

namespace SessionRecorder.Host.Commands;

/// <summary>Options that several commands about sessions share.</summary>
internal static class SessionOptions
{
    public static Option<string?> Id(string description)
    {
        var option = new Option<string?>("--session") { Description = description, HelpName = "ID" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !SpoolRoot.IsId(token.Value))
            {
                result.AddError(
                    $"--session '{token.Value}' must be 1 to 128 letters, digits, dots, underscores and hyphens, not beginning with a dot");
            }
        });
        return option;
    }

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
