using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Trust;

/// <summary>The POSIX access list of a file, as its extended attribute holds it (linux/posix_acl_xattr.h).</summary>
/// <remarks>
/// Where there is one, the group bits of the mode are its mask: the most that named users and groups may do. A file
/// without write permission for its group needs no look at the list.
/// </remarks>
internal static partial class PosixAcl
{
    private const string Attribute = "system.posix_acl_access";
    private const uint Version = 2;
    private const int HeaderLength = 4;
    private const int EntryLength = 8;
    private const int Longest = 64 * 1024;
    private const ushort Write = 2;
    private const ushort User = 0x02;
    private const ushort OwningGroup = 0x04;
    private const ushort Group = 0x08;
    private const ushort Mask = 0x10;
    private const int NoAttribute = 61;
    private const int NotSupported = 95;

    /// <summary>Finds whom a file's list lets write, other than root.</summary>
    /// <returns><c>user 1001</c>, <c>group 100</c>, <c>its group</c>; empty when nobody; null when the file has no list.</returns>
    /// <exception cref="IOException">The list cannot be read or understood.</exception>
    public static string? FindWriter(string path)
    {
        var list = new byte[Longest];
        var length = GetAttribute(path, Attribute, list, (nuint)list.Length);
        if (length >= 0)
        {
            return FindWriter(list.AsSpan(0, (int)length), path);
        }

        var error = Marshal.GetLastPInvokeError();
        return error is NoAttribute or NotSupported
            ? null
            : throw new IOException($"the ACL of {path} could not be read: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    /// <summary>Finds whom a list lets write, other than its owner, root and <c>other</c>, whom the mode shows.</summary>
    public static string FindWriter(ReadOnlySpan<byte> list, string path)
    {
        if (list.Length < HeaderLength
            || (list.Length - HeaderLength) % EntryLength != 0
            || BinaryPrimitives.ReadUInt32LittleEndian(list) != Version)
        {
            throw new IOException($"the ACL of {path} is of an unknown form");
        }

        var (mask, writer) = (Write, "");
        for (var entry = list[HeaderLength..]; entry.Length > 0; entry = entry[EntryLength..])
        {
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(entry);
            var rights = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]);
            var id = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
            if (tag == Mask)
            {
                mask = rights;
            }
            else if ((rights & Write) != 0 && writer.Length == 0)
            {
                writer = tag switch
                {
                    User when id != 0 => $"user {id}",
                    Group => $"group {id}",
                    OwningGroup => "its group",
                    _ => "",
                };
            }
        }

        return (mask & Write) != 0 ? writer : "";
    }

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, byte[] value, nuint size);
}
