using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

/// <summary>Registers the X11 display monitor. It has no options: the session says which display is meant.</summary>
public sealed class X11DisplayPlugin : IRecorderPlugin
{
    /// <inheritdoc/>
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Services.AddSingleton<IDisplayMonitor, X11DisplayMonitor>();
        context.Services.AddSingleton<IUserActivity, X11Activity>();
        context.Services.AddSingleton<IUserNotice, X11Notice>();

        // doctor has no session; then the display of the program's own environment is looked at.
        context.Services.AddSingleton<ISelfCheck>(services => new X11SelfCheck(
            services.GetService<UserSession>(), services.GetRequiredService<TimeProvider>()));
    }
}
