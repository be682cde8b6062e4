using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>A user of this machine.</summary>
/// <param name="Name">The name.</param>
/// <param name="Home">The home folder.</param>
internal sealed record LinuxUser(string Name, string Home);

/// <summary>Finds users by their numbers.</summary>
internal interface IUserDirectory
{
    /// <summary>The user of a number; null where there is none.</summary>
    LinuxUser? Find(uint id);
}

/// <summary>The users whom the C library knows, remembered once found. Thread-safe.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe partial class PasswordFile : IUserDirectory
{
    private const int BufferLength = 64 * 1024;

    private readonly ConcurrentDictionary<uint, LinuxUser> _known = [];

    public LinuxUser? Find(uint id) =>
        _known.TryGetValue(id, out var known) ? known
        : Ask(id) is { } user ? _known.GetOrAdd(id, user)
        : null;

    private static LinuxUser? Ask(uint id)
    {
        var buffer = new byte[BufferLength];
        fixed (byte* text = buffer)
        {
            Account account;
            Account* found = null;
            return getpwuid_r(id, &account, text, BufferLength, &found) == 0 && found is not null
                ? new LinuxUser(Marshal.PtrToStringUTF8(found->Name)!, Marshal.PtrToStringUTF8(found->Home) ?? "")
                : null;
        }
    }

    [LibraryImport("libc")]
    private static partial int getpwuid_r(uint id, Account* account, byte* buffer, nuint length, Account** result);

    /// <summary>struct passwd (glibc).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Account
    {
        public nint Name;
        public nint Password;
        public uint UserId;
        public uint GroupId;
        public nint Description;
        public nint Home;
        public nint Shell;
    }
}
