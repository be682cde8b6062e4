using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace SessionRecorder.Host.Policy;

/// <summary>Groups by the system's own directory services: /etc/group, LDAP, SSSD, whatever nsswitch.conf says.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class LinuxGroups : IUserGroups
{
    // struct passwd and struct group (pwd.h, grp.h), 64 bits: pw_gid follows two pointers and pw_uid.
    private const int GroupIdOffset = 20;
    private const int EntryLength = 64;
    private const int BufferLength = 64 * 1024;
    private const int MostGroups = 4096;

    public IReadOnlyList<UserGroup>? Of(UserSession session)
    {
        var buffer = Pinned(BufferLength);
        var entry = Pinned(EntryLength);
        if (FindUser(session.User, entry, buffer, (nuint)buffer.Length, out var found) != 0 || found == 0)
        {
            return null;
        }

        var count = MostGroups;
        var ids = new uint[count];
        var primary = MemoryMarshal.Read<uint>(entry.AsSpan(GroupIdOffset));
        return ListGroups(session.User, primary, ids, ref count) < 0
            ? null
            : [.. ids[..count].Select(NameOf).OfType<string>().Select(name => new UserGroup(name, null))];
    }

    private static string? NameOf(uint id)
    {
        var buffer = Pinned(BufferLength);
        var entry = Pinned(EntryLength);
        if (FindGroup(id, entry, buffer, (nuint)buffer.Length, out var found) != 0 || found == 0)
        {
            return null;
        }

        // gr_name points into the buffer.
        return Marshal.PtrToStringUTF8(MemoryMarshal.Read<nint>(entry));
    }

    /// <summary>The system writes pointers into one of these into the other, so neither may move.</summary>
    private static byte[] Pinned(int length) => GC.AllocateArray<byte>(length, pinned: true);

    [LibraryImport("libc", EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FindUser(string name, [In, Out] byte[] entry, [In, Out] byte[] buffer, nuint length, out nint found);

    [LibraryImport("libc", EntryPoint = "getgrgid_r")]
    private static partial int FindGroup(uint id, [In, Out] byte[] entry, [In, Out] byte[] buffer, nuint length, out nint found);

    [LibraryImport("libc", EntryPoint = "getgrouplist", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ListGroups(string name, uint primary, [In, Out] uint[] groups, ref int count);
}
