using System.Runtime.InteropServices;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>What is used of libdbus-1, the D-Bus project's own library, as it is declared in dbus/dbus.h.</summary>
internal static unsafe partial class LibDBus
{
    public const int Invalid = 0;

    private const string Library = "libdbus-1.so.3";

    /// <summary>DBusError.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Error
    {
        public nint Name;
        public nint Message;
        public uint Bits;
        public nint Padding;
    }

    /// <summary>DBusMessageIter: opaque, 72 bytes on 64-bit systems; larger here than it is anywhere.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Iterator
    {
        public fixed long Opaque[16];
    }

    [LibraryImport(Library)]
    public static partial int dbus_threads_init_default();

    [LibraryImport(Library)]
    public static partial void dbus_error_init(Error* error);

    [LibraryImport(Library)]
    public static partial void dbus_error_free(Error* error);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint dbus_connection_open_private(string address, Error* error);

    [LibraryImport(Library)]
    public static partial int dbus_bus_register(nint connection, Error* error);

    [LibraryImport(Library)]
    public static partial void dbus_connection_set_exit_on_disconnect(nint connection, int exit);

    [LibraryImport(Library)]
    public static partial void dbus_connection_close(nint connection);

    [LibraryImport(Library)]
    public static partial void dbus_connection_unref(nint connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void dbus_bus_add_match(nint connection, string rule, Error* error);

    [LibraryImport(Library)]
    public static partial int dbus_connection_read_write(nint connection, int milliseconds);

    [LibraryImport(Library)]
    public static partial nint dbus_connection_pop_message(nint connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint dbus_message_new_method_call(string destination, string path, string contract, string method);

    [LibraryImport(Library)]
    public static partial nint dbus_connection_send_with_reply_and_block(nint connection, nint message, int milliseconds, Error* error);

    [LibraryImport(Library)]
    public static partial void dbus_message_unref(nint message);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_init_append(nint message, Iterator* iterator);

    [LibraryImport(Library)]
    public static partial int dbus_message_iter_append_basic(Iterator* iterator, int type, void* value);

    [LibraryImport(Library)]
    public static partial int dbus_message_iter_init(nint message, Iterator* iterator);

    [LibraryImport(Library)]
    public static partial int dbus_message_iter_get_arg_type(Iterator* iterator);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_get_basic(Iterator* iterator, void* value);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_recurse(Iterator* iterator, Iterator* inner);

    [LibraryImport(Library)]
    public static partial int dbus_message_iter_next(Iterator* iterator);
}
