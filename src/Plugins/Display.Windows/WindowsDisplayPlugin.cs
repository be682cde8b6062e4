using Microsoft.Extensions.DependencyInjection;
using SessionRecorder.Plugins.Interop;

namespace SessionRecorder.Plugins;

/// <summary>Registers the display monitor of Windows. It has no options: what it watches is the desktop that it runs on.</summary>
public sealed class WindowsDisplayPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Services.AddSingleton<IDesktop, Win32Desktop>();
        context.Services.AddSingleton<IDisplayMonitor, WindowsDisplayMonitor>();
        context.Services.AddSingleton<IInputClock, Win32InputClock>();
        context.Services.AddSingleton<IUserActivity, WindowsActivity>();
        context.Services.AddSingleton<ISessionMessage, WtsMessage>();
        context.Services.AddSingleton<IUserNotice, WindowsNotice>();
        context.Services.AddSingleton<ISelfCheck, WindowsSelfCheck>();
    }
}
