using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SessionRecorder.Plugins;

/// <summary>A key to an X display.</summary>
/// <param name="Data">The key; a secret.</param>
internal sealed record XCookie(byte[] Data)
{
    /// <summary>The only kind of key that X servers are given in practice.</summary>
    public const string Protocol = "MIT-MAGIC-COOKIE-1";
}

/// <summary>Reads Xauthority files (the format of libXau: big-endian, each field preceded by its length).</summary>
/// <remarks>
/// libxcb reads the file that the process's own environment names, and the environment is the whole process's: two
/// sessions in one process need two files, so the key is found here and handed to libxcb.
/// </remarks>
internal static class XAuthority
{
    private const ushort FamilyInternet = 0;
    private const ushort FamilyInternet6 = 6;
    private const ushort FamilyLocal = 256;
    private const ushort FamilyWild = 65535;

    /// <summary>Finds the first key that a file holds for a display, as libXau does.</summary>
    /// <param name="path">The file.</param>
    /// <param name="address">The display.</param>
    /// <param name="user">Whose session it is; null when nobody said.</param>
    /// <returns>The key, or null when the file holds none for this display.</returns>
    /// <exception cref="IOException">The file does not exist, cannot be read, or is not what may be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static XCookie? Find(string path, DisplayAddress address, string? user)
    {
        var reader = new FieldReader(AuthorityFile.Read(path, user));
        while (reader.TryReadNumber(out var family)
            && reader.TryReadField(out var host)
            && reader.TryReadField(out var number)
            && reader.TryReadField(out var protocol)
            && reader.TryReadField(out var data))
        {
            if (protocol.SequenceEqual(Encoding.ASCII.GetBytes(XCookie.Protocol))
                && (number.IsEmpty || number.SequenceEqual(Encoding.ASCII.GetBytes($"{address.Number}")))
                && IsHost(family, host, address))
            {
                return new XCookie(data.ToArray());
            }
        }

        return null;
    }

    private static bool IsHost(ushort family, ReadOnlySpan<byte> host, DisplayAddress address) => family switch
    {
        FamilyWild => true,
        FamilyLocal => IsThisMachine(address.Host) && host.SequenceEqual(Encoding.UTF8.GetBytes(Dns.GetHostName())),
        FamilyInternet or FamilyInternet6 => address.Host is not null && HasAddress(address.Host, host),
        _ => false,
    };

    private static bool IsThisMachine(string? host) =>
        host is null or "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));

    private static bool HasAddress(string name, ReadOnlySpan<byte> address)
    {
        try
        {
            foreach (var candidate in Dns.GetHostAddresses(name))
            {
                if (address.SequenceEqual(candidate.GetAddressBytes()))
                {
                    return true;
                }
            }
        }
        catch (SocketException)
        {
            // An unknown host is reported, with the reason, by the connection itself.
            return false;
        }

        return false;
    }

    private ref struct FieldReader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public bool TryReadNumber(out ushort number)
        {
            if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out number))
            {
                return false;
            }

            _rest = _rest[sizeof(ushort)..];
            return true;
        }

        public bool TryReadField(out ReadOnlySpan<byte> field)
        {
            field = default;
            if (!TryReadNumber(out var length) || length > _rest.Length)
            {
                return false;
            }

            field = _rest[..length];
            _rest = _rest[length..];
            return true;
        }
    }
}
