using System.Text;
using SessionRecorder.Host.Configuration;

namespace SessionRecorder.Host.Deployment;

/// <summary>The configuration that is installed where there is none and none is given: to be completed.</summary>
internal static class ConfigurationTemplate
{
    /// <summary>The elevation plugin that a machine uses.</summary>
    public static string ElevationOf(InstallRequest request) => request.PsExec is not null ? "psexec" : PluginSelection.Auto;

    /// <summary>Its text in UTF-8.</summary>
    /// <param name="request">Says for which platform.</param>
    public static byte[] For(InstallRequest request)
    {
        var profile = request.HasSessionScripts
            ? $"""
                      "Profile": "{request.MachineRole}",
                      // The instance's own role belongs to another account there.
                      "AllowInstanceMetadata": false
              """.Trim()
            : """
                      // Credentials come from the instance's role; "Profile": "…" names another source.
                      "AllowInstanceMetadata": true
              """.Trim();
        return Encoding.UTF8.GetBytes(
            $$"""
            // Session Recorder on {{request.Platform}}. Complete "Storage"; then `session-recorder doctor` says whether all is well.
            {
              "$schema": "{{MachineLayout.SchemaName}}",
              "Platform": { "Plugin": "{{request.Platform}}" },
              "Elevation": { "Plugin": "{{ElevationOf(request)}}" },

              // A sign of life in storage, by which `session-recorder fleet` tells which sessions run without a recording. "0s" is none.
              "Heartbeat": { "Interval": "5m" },

              // What happens to a session whose recording cannot start: "allow" or "logoff".
              "OnFailure": "allow",

              // Where recordings go. The outputs of deploy/aws/recordings.json have these lines ready.
              "Storage": {
                // "archive": {
                //   "Plugin": "s3",
                //   "Options": {
                //     "Bucket": "…", "Region": "…", "KeyPrefix": "recordings",
            {{string.Join('\n', profile.ReplaceLineEndings("\n").Split('\n').Select(line => "    //     " + line.Trim()))}}
                //   }
                // }
              }
            }

            """.ReplaceLineEndings("\n"));
    }
}
