using System.Runtime.Versioning;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;

namespace SessionRecorder.Host.Sessions.Windows;

/// <summary>Asks Windows for SIDs.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsAccounts : IWindowsAccounts
{
    public string? OfToken(int session)
    {
        if (!WtsNative.WTSQueryUserToken(session, out var token))
        {
            return null;
        }

        using (new SafeAccessTokenHandle(token))
        using (var identity = new WindowsIdentity(token))
        {
            return identity.User?.Value;
        }
    }

    public string? OfName(string user, string? domain)
    {
        try
        {
            var account = string.IsNullOrEmpty(domain) ? new NTAccount(user) : new NTAccount(domain, user);
            return account.Translate(typeof(SecurityIdentifier)).Value;
        }
        catch (SystemException)
        {
            // That is what Translate throws where there is no such account, or no domain controller to ask: the session is
            // one all the same.
            return null;
        }
    }
}
