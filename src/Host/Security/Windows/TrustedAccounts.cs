using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace SessionRecorder.Host.Security.Windows;

/// <summary>Who may touch what is the recorder's own: SYSTEM, Administrators, and the account that it runs as.</summary>
[SupportedOSPlatform("windows")]
internal static class TrustedAccounts
{
    /// <summary>Access to a folder and all that will be in it; nothing is inherited from above.</summary>
    public static DirectorySecurity ForFolder()
    {
        var security = new DirectorySecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        foreach (var account in All())
        {
            security.AddAccessRule(new FileSystemAccessRule(
                account,
                FileSystemRights.FullControl,
                InheritanceFlags.ContainerInherit | InheritanceFlags.ObjectInherit,
                PropagationFlags.None,
                AccessControlType.Allow));
        }

        return security;
    }

    /// <summary>Access to a pipe, from this machine alone.</summary>
    public static PipeSecurity ForPipe()
    {
        var security = new PipeSecurity();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        security.AddAccessRule(new PipeAccessRule(
            new SecurityIdentifier(WellKnownSidType.NetworkSid, null), PipeAccessRights.FullControl, AccessControlType.Deny));
        foreach (var account in All())
        {
            security.AddAccessRule(new PipeAccessRule(account, PipeAccessRights.FullControl, AccessControlType.Allow));
        }

        return security;
    }

    /// <summary>Whether who made a pipe is one of these, and not a user who took its name before the recorder did.</summary>
    /// <param name="pipe">A connected pipe that may be asked for its owner.</param>
    public static bool Made(PipeStream pipe)
    {
        using var own = WindowsIdentity.GetCurrent();

        // What a process makes is its token's default owner's, which need not be its user.
        return pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier)) is SecurityIdentifier owner
            && (owner == own.Owner || All().Contains(owner));
    }

    private static IEnumerable<SecurityIdentifier> All()
    {
        using var own = WindowsIdentity.GetCurrent();
        return new[]
        {
            new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
            new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null),
            own.User!,
        }.Distinct();
    }
}
