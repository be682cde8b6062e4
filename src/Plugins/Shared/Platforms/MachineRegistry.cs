using System.ComponentModel;
using System.Runtime.Versioning;
using System.Security;
using System.Security.Principal;
using Microsoft.Win32;

namespace SessionRecorder.Plugins;

/// <summary>Single values of the Windows registry, and accounts. Reads only. Thread-safe.</summary>
internal interface IMachineRegistry
{
    /// <summary>A text value below HKEY_LOCAL_MACHINE; null where there is none.</summary>
    string? ReadMachine(string key, string name);

    /// <summary>A text value below HKEY_USERS; null where there is none or the hive is not loaded.</summary>
    string? ReadUser(string sid, string key, string name);

    /// <summary>Whether a key is there below HKEY_LOCAL_MACHINE.</summary>
    bool HasMachineKey(string key);

    /// <summary>The SID of an account, <c>DOMAIN\name</c> or <c>name</c>; null where the system knows none.</summary>
    string? FindSid(string account);
}

/// <summary>The registry of this machine.</summary>
/// <remarks>Values are read as they stand: expanding <c>%NAME%</c> would show a user's value the recorder's environment.</remarks>
[SupportedOSPlatform("windows")]
internal sealed class MachineRegistry : IMachineRegistry
{
    /// <summary>Longer than any variable that a platform sets.</summary>
    private const int MostCharacters = 4096;

    public string? ReadMachine(string key, string name) => Read(Registry.LocalMachine, key, name);

    public string? ReadUser(string sid, string key, string name) =>
        IsSid(sid) ? Read(Registry.Users, $@"{sid}\{key}", name) : null;

    public bool HasMachineKey(string key)
    {
        using var opened = Open(Registry.LocalMachine, key);
        return opened is not null;
    }

    public string? FindSid(string account)
    {
        try
        {
            return new NTAccount(account).Translate(typeof(SecurityIdentifier)).Value;
        }
        catch (Exception e) when (e is IdentityNotMappedException or ArgumentException or Win32Exception)
        {
            return null;
        }
    }

    // A SID becomes part of a key: nothing else may.
    private static bool IsSid(string sid)
    {
        try
        {
            return new SecurityIdentifier(sid).Value.Equals(sid, StringComparison.OrdinalIgnoreCase);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? Read(RegistryKey hive, string key, string name)
    {
        using var opened = Open(hive, key);
        try
        {
            return opened?.GetValue(name, null, RegistryValueOptions.DoNotExpandEnvironmentNames) is string { Length: > 0 and <= MostCharacters } text
                ? text
                : null;
        }
        catch (Exception e) when (e is IOException or SecurityException or UnauthorizedAccessException)
        {
            // The hive was unloaded meanwhile: the user logged off.
            return null;
        }
    }

    private static RegistryKey? Open(RegistryKey hive, string key)
    {
        try
        {
            return hive.OpenSubKey(key, writable: false);
        }
        catch (Exception e) when (e is IOException or SecurityException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
