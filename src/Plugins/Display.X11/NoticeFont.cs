using System.Runtime.InteropServices;
using System.Text;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>One of the server's own fonts, whose characters are all of one width. For one thread at a time.</summary>
/// <remarks>
/// Every server has the last one, with the letters of Western Europe; those with more letters come with the system's
/// X fonts (Debian: xfonts-base).
/// </remarks>
internal sealed unsafe class NoticeFont
{
    private static readonly string[] Candidates =
    [
        "-misc-fixed-medium-r-normal--20-*-*-*-*-*-iso10646-1",
        "-misc-fixed-medium-r-normal--18-*-*-*-*-*-iso10646-1",
        "-misc-fixed-medium-r-semicondensed--13-*-*-*-*-*-iso10646-1",
        "fixed",
    ];

    private const int CharacterBytes = 12;
    private const int CharactersOffset = 60;
    private const int PropertyBytes = 8;

    private readonly XReply _facts;

    private NoticeFont(uint id, XReply facts) => (Id, _facts) = (id, facts);

    /// <summary>The server's number for it.</summary>
    public uint Id { get; }

    /// <summary>Pixels of each character.</summary>
    public int Width => Math.Max(1, (int)_facts.Int16(28));

    /// <summary>Pixels above the base line.</summary>
    public int Ascent => _facts.Int16(52);

    /// <summary>Pixels of a line.</summary>
    public int Height => Ascent + _facts.Int16(54);

    /// <summary>Opens the best that the server has; within <see cref="X11Connection.Ask"/>.</summary>
    /// <exception cref="DisplayException">It has none.</exception>
    public static NoticeFont Open(X11Connection connection)
    {
        foreach (var name in Candidates)
        {
            if (TryOpen(connection, name) is { } font)
            {
                return font;
            }
        }

        throw new DisplayException(
            $"the X server of display '{connection.DisplayName}' has no font to write a notice with",
            FailureScope.Session,
            isTransient: false,
            "Install the server's own fonts (Debian: xfonts-base).");
    }

    /// <summary>Whether it has a character.</summary>
    public bool Has(char character)
    {
        var (row, column) = (character >> 8, character & 0xFF);
        int firstColumn = _facts.UInt16(40), lastColumn = _facts.UInt16(42), firstRow = _facts.Byte(49), lastRow = _facts.Byte(50);
        if (row < firstRow || row > lastRow || column < firstColumn || column > lastColumn)
        {
            return false;
        }

        var index = ((row - firstRow) * (lastColumn - firstColumn + 1)) + column - firstColumn;
        if (index >= _facts.UInt32(56))
        {
            return _facts.Byte(51) != 0;
        }

        // One that the font lacks has no measures, not even a width.
        var offset = CharactersOffset + (_facts.UInt16(46) * PropertyBytes) + (index * CharacterBytes);
        return _facts.Int16(offset + 4) != 0;
    }

    private static NoticeFont? TryOpen(X11Connection connection, string name)
    {
        var id = XcbWindows.xcb_generate_id(connection.Handle);
        var bytes = Encoding.ASCII.GetBytes(name);
        fixed (byte* pointer = bytes)
        {
            var asked = XcbWindows.xcb_open_font_checked(connection.Handle, id, (ushort)bytes.Length, pointer);
            var refused = XcbWindows.xcb_request_check(connection.Handle, asked);
            if (refused != 0)
            {
                NativeMemory.Free((void*)refused);
                return null;
            }
        }

        var question = XcbWindows.xcb_query_font(connection.Handle, id);
        return connection.Take(XcbWindows.xcb_query_font_reply(connection.Handle, question, out var error), error) is { } facts
            ? new NoticeFont(id, facts)
            : null;
    }
}
