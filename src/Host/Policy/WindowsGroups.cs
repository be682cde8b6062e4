using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Policy;

/// <summary>Groups as they stand in the token of the user's session: nested, domain and cloud groups included.</summary>
/// <remarks>Only LocalSystem may look at another's token; others know their own groups alone.</remarks>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsGroups : IUserGroups
{
    public IReadOnlyList<UserGroup>? Of(UserSession session)
    {
        if (!uint.TryParse(session.SystemSession, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        if (QueryUserToken(number, out var token))
        {
            using (token)
            {
                using var user = new WindowsIdentity(token.DangerousGetHandle());
                return GroupsOf(user);
            }
        }

        using var self = WindowsIdentity.GetCurrent();
        return self.User?.Value == session.UserId ? GroupsOf(self) : null;
    }

    private static UserGroup[] GroupsOf(WindowsIdentity user) =>
        [.. (user.Groups ?? []).OfType<SecurityIdentifier>().Select(NameOf)];

    private static UserGroup NameOf(SecurityIdentifier group)
    {
        try
        {
            var account = ((NTAccount)group.Translate(typeof(NTAccount))).Value;
            var separator = account.IndexOf('\\', StringComparison.Ordinal);
            return separator < 0 ? new UserGroup(account, null) : new UserGroup(account[(separator + 1)..], account[..separator]);
        }
        catch (IdentityNotMappedException)
        {
            // A domain that cannot be reached: the SID can still be named in the policy.
            return new UserGroup(group.Value, null);
        }
    }

    [LibraryImport("wtsapi32.dll", EntryPoint = "WTSQueryUserToken", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool QueryUserToken(uint session, out SafeAccessTokenHandle token);
}
