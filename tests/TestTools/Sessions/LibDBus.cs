using System.Runtime.InteropServices;

namespace SessionRecorder.TestTools.Sessions;

/// <summary>What a service needs of libdbus-1 (dbus/dbus.h). Answers of no matter are dropped: a test that fails shows it.</summary>
internal static unsafe partial class LibDBus
{
    private const string Library = "libdbus-1.so.3";

    [StructLayout(LayoutKind.Sequential)]
    public struct Iterator
    {
        public fixed long Opaque[16];
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint dbus_connection_open_private(string address, void* error);

    [LibraryImport(Library)]
    public static partial void dbus_bus_register(nint connection, void* error);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void dbus_bus_request_name(nint connection, string name, uint flags, void* error);

    [LibraryImport(Library)]
    public static partial void dbus_connection_set_exit_on_disconnect(nint connection, int exit);

    [LibraryImport(Library)]
    public static partial void dbus_connection_close(nint connection);

    [LibraryImport(Library)]
    public static partial void dbus_connection_unref(nint connection);

    [LibraryImport(Library)]
    public static partial uint dbus_connection_read_write(nint connection, int milliseconds);

    [LibraryImport(Library)]
    public static partial nint dbus_connection_pop_message(nint connection);

    [LibraryImport(Library)]
    public static partial void dbus_connection_send(nint connection, nint message, void* serial);

    [LibraryImport(Library)]
    public static partial void dbus_connection_flush(nint connection);

    [LibraryImport(Library)]
    public static partial nint dbus_message_new_method_return(nint call);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint dbus_message_new_signal(string path, string contract, string name);

    [LibraryImport(Library)]
    public static partial nint dbus_message_get_member(nint message);

    [LibraryImport(Library)]
    public static partial nint dbus_message_get_path(nint message);

    [LibraryImport(Library)]
    public static partial int dbus_message_iter_init(nint message, Iterator* iterator);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_get_basic(Iterator* iterator, void* value);

    [LibraryImport(Library)]
    public static partial void dbus_message_unref(nint message);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_init_append(nint message, Iterator* iterator);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void dbus_message_iter_open_container(Iterator* iterator, int type, string? signature, Iterator* inner);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_close_container(Iterator* iterator, Iterator* inner);

    [LibraryImport(Library)]
    public static partial void dbus_message_iter_append_basic(Iterator* iterator, int type, void* value);
}
