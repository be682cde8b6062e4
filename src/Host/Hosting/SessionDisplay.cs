namespace SessionRecorder.Host.Hosting;

/// <summary>What the display plugin does for one session.</summary>
/// <param name="Monitor">Watches the monitors.</param>
/// <param name="Activity">Tells of the user's input; null where the plugin cannot.</param>
/// <param name="Notice">Shows the user a text; null where the plugin cannot.</param>
internal sealed record SessionDisplay(IDisplayMonitor Monitor, IUserActivity? Activity, IUserNotice? Notice);
