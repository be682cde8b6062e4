using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Sessions.Linux;
using SessionRecorder.Host.Sessions.Windows;

namespace SessionRecorder.Host.Sessions;

/// <summary>Makes the reader for the system that the program runs on.</summary>
internal static class SystemSessions
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    /// <summary>The sessions of this machine.</summary>
    public static DesktopSessions Create(ILoggerFactory loggers) =>
        new DesktopSessions(CreateReader(loggers), Poll, loggers.CreateLogger<DesktopSessions>());

    /// <summary>What logs users off this machine.</summary>
    public static ISessionEnder CreateEnder(ILoggerFactory loggers) => CreateReader(loggers) as ISessionEnder
        ?? throw new PlatformNotSupportedException("the recorder runs on Windows and Linux");

    private static ISessionReader CreateReader(ILoggerFactory loggers)
    {
        if (OperatingSystem.IsWindows())
        {
            return new WindowsSessionReader(new WtsApi(), new SessionAccounts(new WindowsAccounts(), TimeProvider.System));
        }

        if (OperatingSystem.IsLinux())
        {
            var logind = new Logind(SystemBus.Address, loggers.CreateLogger<Logind>());
            return new LinuxSessionReader(
                new XServers(XServers.SocketFolder, loggers.CreateLogger<XServers>()).Find, logind, new PasswordFile(), TimeProvider.System);
        }

        throw new PlatformNotSupportedException("the recorder runs on Windows and Linux");
    }
}
