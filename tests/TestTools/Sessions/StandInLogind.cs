using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using SessionRecorder.TestTools.Files;
using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Sessions;

/// <summary>A session as the stand-in tells of it.</summary>
public sealed record LogindEntry(
    string Id, uint UserId, string UserName, string Display, uint Terminal = 0, string Class = "user",
    string State = "active", bool IsActive = true, bool IsLocked = false);

/// <summary>A message bus of its own with something on it that answers as systemd-logind does. Needs dbus-daemon and libdbus.</summary>
public sealed class StandInLogind : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, LogindEntry> _sessions = new();
    private readonly ConcurrentQueue<string> _signals = new();
    private readonly ConcurrentQueue<string> _terminated = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isEnding;
    private RunningProcess? _bus;

    private StandInLogind()
    {
    }

    /// <summary>The folder with the bus's socket, which has its usual name.</summary>
    public string Folder => _folder.FullName;

    /// <summary>The bus.</summary>
    public string Address => $"unix:path={_folder["system_bus_socket"]}";

    /// <summary>The sessions that it was asked to end, in order; it tells of their end at once.</summary>
    public IReadOnlyList<string> Terminated => [.. _terminated];

    /// <summary>Starts bus and service.</summary>
    public static async Task<StandInLogind> StartAsync()
    {
        var logind = new StandInLogind();
        var configuration = logind._folder["bus.conf"];
        await File.WriteAllTextAsync(configuration, $"""
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
              "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>system</type><listen>{logind.Address}</listen><auth>EXTERNAL</auth>
            <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
            </busconfig>
            """);
        logind._bus = new RunningProcess("dbus-daemon", [$"--config-file={configuration}", "--nofork", "--print-address=1"]);
        await logind._bus.WaitForLineAsync("unix:", _patience);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => logind.Run(ready)) { IsBackground = true }.Start();
        await ready.Task.WaitAsync(_patience);
        return logind;
    }

    /// <summary>Adds a session or changes it, and tells of it.</summary>
    public void Set(LogindEntry session)
    {
        _sessions[session.Id] = session;
        _signals.Enqueue("SessionNew");
    }

    /// <summary>Ends a session, and tells of it.</summary>
    public void Remove(string id)
    {
        _sessions.TryRemove(id, out _);
        _signals.Enqueue("SessionRemoved");
    }

    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        await _ended.Task.WaitAsync(_patience);
        await (_bus?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    private static string PathOf(string id) => $"/org/freedesktop/login1/session/{id}";

    private unsafe void Run(TaskCompletionSource ready)
    {
        var connection = LibDBus.dbus_connection_open_private(Address, null);
        LibDBus.dbus_bus_register(connection, null);
        LibDBus.dbus_connection_set_exit_on_disconnect(connection, 0);
        LibDBus.dbus_bus_request_name(connection, "org.freedesktop.login1", 0, null);
        ready.SetResult();
        while (!_isEnding && LibDBus.dbus_connection_read_write(connection, 20) != 0)
        {
            while (LibDBus.dbus_connection_pop_message(connection) is var message and not 0)
            {
                Answer(connection, message);
                LibDBus.dbus_message_unref(message);
            }

            while (_signals.TryDequeue(out var signal))
            {
                Send(connection, LibDBus.dbus_message_new_signal("/org/freedesktop/login1", "org.freedesktop.login1.Manager", signal));
            }
        }

        LibDBus.dbus_connection_close(connection);
        LibDBus.dbus_connection_unref(connection);
        _ended.SetResult();
    }

    private unsafe void Answer(nint connection, nint call)
    {
        if (Marshal.PtrToStringUTF8(LibDBus.dbus_message_get_member(call)) == "TerminateSession")
        {
            LibDBus.Iterator argument;
            nint text;
            _ = LibDBus.dbus_message_iter_init(call, &argument);
            LibDBus.dbus_message_iter_get_basic(&argument, &text);
            var id = Marshal.PtrToStringUTF8(text)!;
            _terminated.Enqueue(id);
            Remove(id);
            Send(connection, LibDBus.dbus_message_new_method_return(call));
            return;
        }

        if (Marshal.PtrToStringUTF8(LibDBus.dbus_message_get_member(call)) is not ("ListSessions" or "GetAll"))
        {
            return;
        }

        var path = Marshal.PtrToStringUTF8(LibDBus.dbus_message_get_path(call));
        var answer = LibDBus.dbus_message_new_method_return(call);
        LibDBus.Iterator root;
        LibDBus.Iterator list;
        LibDBus.dbus_message_iter_init_append(answer, &root);
        var session = _sessions.Values.FirstOrDefault(s => PathOf(s.Id) == path);
        LibDBus.dbus_message_iter_open_container(&root, 'a', session is null ? "(susso)" : "{sv}", &list);
        if (session is null)
        {
            foreach (var each in _sessions.Values)
            {
                AppendRow(&list, each);
            }
        }
        else
        {
            AppendProperties(&list, session);
        }

        LibDBus.dbus_message_iter_close_container(&root, &list);
        Send(connection, answer);
    }

    private static unsafe void AppendRow(LibDBus.Iterator* list, LogindEntry session)
    {
        LibDBus.Iterator row;
        LibDBus.dbus_message_iter_open_container(list, 'r', null, &row);
        Append(&row, 's', session.Id);
        Append(&row, session.UserId);
        Append(&row, 's', session.UserName);
        Append(&row, 's', "seat0");
        Append(&row, 'o', PathOf(session.Id));
        LibDBus.dbus_message_iter_close_container(list, &row);
    }

    private static unsafe void AppendProperties(LibDBus.Iterator* list, LogindEntry session)
    {
        foreach (var (name, value) in (KeyValuePair<string, object>[])
        [
            new("Id", session.Id), new("Display", session.Display), new("Class", session.Class), new("State", session.State),
            new("VTNr", session.Terminal), new("Active", session.IsActive), new("LockedHint", session.IsLocked),
        ])
        {
            LibDBus.Iterator entry;
            LibDBus.Iterator variant;
            LibDBus.dbus_message_iter_open_container(list, 'e', null, &entry);
            Append(&entry, 's', name);
            var type = value switch { uint => "u", bool => "b", _ => "s" };
            LibDBus.dbus_message_iter_open_container(&entry, 'v', type, &variant);
            switch (value)
            {
                case uint number:
                    Append(&variant, number);
                    break;
                case bool truth:
                    var flag = truth ? 1u : 0;
                    LibDBus.dbus_message_iter_append_basic(&variant, 'b', &flag);
                    break;
                default:
                    Append(&variant, 's', (string)value);
                    break;
            }

            LibDBus.dbus_message_iter_close_container(&entry, &variant);
            LibDBus.dbus_message_iter_close_container(list, &entry);
        }
    }

    private static unsafe void Append(LibDBus.Iterator* to, char type, string value)
    {
        var text = Marshal.StringToCoTaskMemUTF8(value);
        LibDBus.dbus_message_iter_append_basic(to, type, &text);
        Marshal.FreeCoTaskMem(text);
    }

    private static unsafe void Append(LibDBus.Iterator* to, uint value) => LibDBus.dbus_message_iter_append_basic(to, 'u', &value);

    private static unsafe void Send(nint connection, nint message)
    {
        LibDBus.dbus_connection_send(connection, message, null);
        LibDBus.dbus_connection_flush(connection);
        LibDBus.dbus_message_unref(message);
    }
}
