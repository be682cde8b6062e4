using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SessionRecorder.Host.Windowing;

/// <summary>A top-level window that nobody sees, with a thread and a message loop of its own: Windows tells windows of many things.</summary>
/// <remarks>Not a message-only window: what is broadcast does not reach those. Disposing ends window and thread.</remarks>
[SupportedOSPlatform("windows")]
internal sealed unsafe class HiddenWindow : IDisposable
{
    private const string ClassName = "SessionRecorder.HiddenWindow";
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(5);

    // A window procedure is static: it finds its window here.
    private static readonly ConcurrentDictionary<nint, WindowHandler> Handlers = [];
    private static readonly Lazy<ushort> WindowClass = new(Register);

    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _title;
    private readonly Action<nint> _onOpen;
    private readonly WindowHandler _handler;
    private uint _thread;

    private HiddenWindow(string title, Action<nint> onOpen, WindowHandler handler)
    {
        (_title, _onOpen, _handler) = (title, onOpen, handler);
        new Thread(Run) { IsBackground = true, Name = title }.Start();
    }

    /// <summary>Opens one, and waits until it gets messages. Where Windows refuses a window, nothing is ever told.</summary>
    /// <param name="title">Its title, by which tools show it.</param>
    /// <param name="onOpen">Called with its handle, on its thread, before the first message.</param>
    /// <param name="handler">Called for each message, on its thread. Must not throw.</param>
    public static HiddenWindow Open(string title, Action<nint> onOpen, WindowHandler handler)
    {
        var window = new HiddenWindow(title, onOpen, handler);
        window._open.Task.Wait(OpenTime);
        return window;
    }

    public void Dispose()
    {
        if (_open.Task.IsCompleted)
        {
            User32.PostThreadMessage(_thread, User32.Quit, 0, 0);
        }
    }

    private static ushort Register()
    {
        fixed (char* name = ClassName)
        {
            var windowClass = new User32.WindowClass { Size = sizeof(User32.WindowClass), Procedure = &Handle, Name = name };
            return User32.RegisterClassEx(&windowClass);
        }
    }

    [UnmanagedCallersOnly]
    private static nint Handle(nint window, uint message, nuint wParam, nint lParam) =>
        (Handlers.TryGetValue(window, out var handler) ? handler(window, message, wParam, lParam) : null)
        ?? User32.DefWindowProc(window, message, wParam, lParam);

    private void Run()
    {
        _thread = User32.GetCurrentThreadId();
        var window = User32.CreateWindowEx(0, WindowClass.Value, _title, User32.Popup, 0, 0, 1, 1, 0, 0, 0, 0);
        if (window == 0)
        {
            _open.SetResult();
            return;
        }

        Handlers[window] = _handler;
        _onOpen(window);
        _open.SetResult();
        User32.Message message;
        while (User32.GetMessage(&message, 0, 0, 0) > 0)
        {
            User32.DispatchMessage(&message);
        }

        User32.DestroyWindow(window);
        Handlers.TryRemove(window, out _);
    }
}

/// <summary>Handles a window's message.</summary>
/// <returns>The answer, or null for Windows' own.</returns>
internal delegate nint? WindowHandler(nint window, uint message, nuint wParam, nint lParam);
