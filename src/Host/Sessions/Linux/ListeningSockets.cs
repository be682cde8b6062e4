using System.Globalization;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>A local socket that listens at the place of a display.</summary>
/// <param name="Number">The display's number.</param>
/// <param name="IsAbstract">Whether it has no file: nobody can take its name away as long as it is open.</param>
/// <param name="Link">How the socket stands among its process's open files: <c>socket:[4711]</c>.</param>
internal sealed record ListeningSocket(int Number, bool IsAbstract, string Link);

/// <summary>The kernel's list of local sockets (proc_net_unix(5)), which knows those whose file was removed too.</summary>
internal static class ListeningSockets
{
    public const string ListPath = "/proc/net/unix";

    private const int HighestNumber = 59535;
    private const int Columns = 8;

    // Num: RefCount Protocol Flags Type St Inode Path; __SO_ACCEPTCON, SOCK_STREAM.
    private const string Listens = "00010000";
    private const string Stream = "0001";

    /// <summary>Reads the list.</summary>
    /// <param name="lines">Its lines. Names in it are its users' own words: what a line says is to be asked of the socket.</param>
    /// <param name="folder">The folder of X servers' sockets; abstract ones have names as if they were in it.</param>
    public static IReadOnlyList<ListeningSocket> Parse(IEnumerable<string> lines, string folder) =>
        [.. lines.Select(line => Parse(line, folder)).OfType<ListeningSocket>()];

    /// <summary>The display of a socket's name, as servers write it: without a sign, a leading zero or anything behind it.</summary>
    public static int? NumberOf(ReadOnlySpan<char> name) =>
        name is ['X', .. var digits]
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= HighestNumber
        && digits.SequenceEqual(number.ToString(CultureInfo.InvariantCulture))
            ? number : null;

    private static ListeningSocket? Parse(string line, string folder)
    {
        var fields = line.Split(' ', Columns, StringSplitOptions.RemoveEmptyEntries);
        if (fields is not [_, _, _, Listens, Stream, _, var inode, var name])
        {
            return null;
        }

        var isAbstract = name.StartsWith('@');
        var path = isAbstract ? name.AsSpan(1) : name;
        var prefix = $"{folder}/";
        return path.StartsWith(prefix, StringComparison.Ordinal) && NumberOf(path[prefix.Length..]) is { } number
            ? new ListeningSocket(number, isAbstract, $"socket:[{inode}]")
            : null;
    }
}
