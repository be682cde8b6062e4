using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Sessions.Linux;

/// <summary>A connection to a message bus, for calls and signals. Not thread-safe; the members block.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class SystemBus : IDisposable
{
    /// <summary>
    /// The system's bus. Not from the environment, which may be a user's; no standard system has it elsewhere.
    /// </summary>
    public const string Address = "unix:path=/run/dbus/system_bus_socket";

    private const int AnswerTime = 2000;

    private readonly nint _connection;

    /// <summary>Connects.</summary>
    /// <exception cref="SystemBusException">There is no bus, or no library to speak to it.</exception>
    public SystemBus(string address)
    {
        try
        {
            _ = LibDBus.dbus_threads_init_default();
            _connection = Checked((error) => LibDBus.dbus_connection_open_private(address, (LibDBus.Error*)error));
            LibDBus.dbus_connection_set_exit_on_disconnect(_connection, 0);
            Checked(error => LibDBus.dbus_bus_register(_connection, (LibDBus.Error*)error));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new SystemBusException("libdbus-1.so.3 is missing", e);
        }
        catch (SystemBusException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Calls a method, and reads the answer.</summary>
    /// <returns>Its first value, null where it has none: strings, numbers, truth values; lists for arrays, structures and dictionary entries.</returns>
    /// <exception cref="SystemBusException">It failed.</exception>
    public object? Call(string destination, string path, string contract, string method, params string[] arguments)
    {
        var message = LibDBus.dbus_message_new_method_call(destination, path, contract, method);
        OutOfMemoryUnless(message != 0);
        try
        {
            LibDBus.Iterator iterator;
            LibDBus.dbus_message_iter_init_append(message, &iterator);
            foreach (var argument in arguments)
            {
                var text = Marshal.StringToCoTaskMemUTF8(argument);
                var isAppended = LibDBus.dbus_message_iter_append_basic(&iterator, 's', &text);
                Marshal.FreeCoTaskMem(text);
                OutOfMemoryUnless(isAppended != 0);
            }

            var answer = Checked(error => LibDBus.dbus_connection_send_with_reply_and_block(
                _connection, message, AnswerTime, (LibDBus.Error*)error));
            try
            {
                return LibDBus.dbus_message_iter_init(answer, &iterator) != 0 ? ReadAll(&iterator)[0] : null;
            }
            finally
            {
                LibDBus.dbus_message_unref(answer);
            }
        }
        finally
        {
            LibDBus.dbus_message_unref(message);
        }
    }

    /// <summary>Asks for signals.</summary>
    /// <exception cref="SystemBusException">It failed.</exception>
    public void Match(string rule) => Checked(error =>
    {
        LibDBus.dbus_bus_add_match(_connection, rule, (LibDBus.Error*)error);
        return 1;
    });

    /// <summary>Waits for messages, and drops them.</summary>
    /// <returns>Whether any came.</returns>
    /// <exception cref="SystemBusException">The bus is gone.</exception>
    public bool WaitForMessages(TimeSpan atMost)
    {
        if (LibDBus.dbus_connection_read_write(_connection, (int)atMost.TotalMilliseconds) == 0)
        {
            throw new SystemBusException("the message bus ended the connection");
        }

        var any = false;
        while (LibDBus.dbus_connection_pop_message(_connection) is var message and not 0)
        {
            LibDBus.dbus_message_unref(message);
            any = true;
        }

        return any;
    }

    public void Dispose()
    {
        if (_connection != 0)
        {
            LibDBus.dbus_connection_close(_connection);
            LibDBus.dbus_connection_unref(_connection);
        }
    }

    private static List<object?> ReadAll(LibDBus.Iterator* iterator)
    {
        List<object?> values = [];
        for (var type = LibDBus.dbus_message_iter_get_arg_type(iterator);
             type != LibDBus.Invalid;
             type = LibDBus.dbus_message_iter_get_arg_type(iterator))
        {
            values.Add(Read(iterator, (char)type));
            _ = LibDBus.dbus_message_iter_next(iterator);
        }

        return values;
    }

    private static object? Read(LibDBus.Iterator* iterator, char type)
    {
        if (type is 'a' or 'r' or 'e' or 'v')
        {
            LibDBus.Iterator inner;
            LibDBus.dbus_message_iter_recurse(iterator, &inner);
            var values = ReadAll(&inner);
            return type == 'v' ? values[0] : values;
        }

        if (type == 'h')
        {
            // Reading a descriptor opens it; nothing that is asked for here has one.
            return null;
        }

        long value = 0;
        LibDBus.dbus_message_iter_get_basic(iterator, &value);
        return type switch
        {
            's' or 'o' or 'g' => Marshal.PtrToStringUTF8((nint)value),
            'b' => (uint)value != 0,
            'd' => BitConverter.Int64BitsToDouble(value),
            _ => value,
        };
    }

    /// <summary>The one reason for which the library refuses to make a message of valid parts.</summary>
    private static void OutOfMemoryUnless(bool done)
    {
        if (!done)
        {
            throw new SystemBusException("no memory is left for a message");
        }
    }

    /// <summary>Runs a call that tells its failure by a DBusError, whose address it is given.</summary>
    private static nint Checked(Func<nint, nint> call)
    {
        LibDBus.Error error;
        LibDBus.dbus_error_init(&error);
        var result = call((nint)(&error));
        if (error.Name == 0)
        {
            return result;
        }

        var message = Marshal.PtrToStringUTF8(error.Message) ?? "the message bus failed";
        LibDBus.dbus_error_free(&error);
        throw new SystemBusException(message);
    }
}

/// <summary>The message bus cannot be used.</summary>
internal sealed class SystemBusException(string message, Exception? innerException = null) : Exception(message, innerException);
