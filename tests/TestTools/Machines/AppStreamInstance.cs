namespace SessionRecorder.TestTools.Machines;

/// <summary>What AppStream's instances have, and those of WorkSpaces Pools: session scripts and profile scripts with variables.</summary>
/// <param name="machine">The machine.</param>
public sealed class AppStreamInstance(SimulatedMachine machine)
{
    /// <summary>The file that names the session scripts.</summary>
    public const string ScriptsFile = "/opt/appstream/SessionScripts/config.json";

    private const string UserVariables = "/etc/profile.d/appstream_user_vars.sh";

    /// <summary>Runs the session scripts that are installed.</summary>
    public SessionScripts Scripts { get; } = new(machine);

    /// <summary>Puts in place what AWS's own image has.</summary>
    public void Prepare() => Directory.CreateDirectory(machine.At(Path.GetDirectoryName(ScriptsFile)!));

    /// <summary>Writes the profile script that tells about the instance.</summary>
    public Task SetMachineAsync(string resourceType, string resourceName) => machine.WriteAsync("/etc/profile.d/appstream_system_vars.sh", $"""
        export AppStream_Image_Arn="arn:aws:appstream:eu-central-1:123456789012:image/exam"
        export AppStream_Instance_Type="stream.standard.medium"
        export AppStream_Resource_Type="{resourceType}"
        export AppStream_Resource_Name="{resourceName}"

        """);

    /// <summary>Writes the profile script that tells about the session that began last.</summary>
    public Task SetUserAsync(string stack, string user, string sessionId) => machine.WriteAsync(UserVariables, $"""
        export AppStream_Stack_Name="{stack}"
        export AppStream_User_Access_Mode="saml"
        export AppStream_Session_Reservation_DateTime="2026-11-23T08:00:00Z"
        export AppStream_UserName="{user}"
        export AppStream_Session_ID="{sessionId}"
        export APPSTREAM_SESSION_CONTEXT="$(touch /etc/executed)"

        """);

    /// <summary>The variables of the session before are gone, and those of the next not there yet.</summary>
    public void ClearUser() => File.Delete(machine.At(UserVariables));
}
