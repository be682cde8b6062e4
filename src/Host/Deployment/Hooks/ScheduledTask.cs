using System.Text;
using System.Xml.Linq;

namespace SessionRecorder.Host.Deployment.Hooks;

/// <summary>A task of Windows' Task Scheduler, as XML of its schema 1.2 (in force since Windows Vista).</summary>
/// <param name="Name">The task's name, without the folder.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Arguments">The arguments of the program.</param>
/// <param name="Triggers">What starts it, each an element of the schema.</param>
internal sealed record ScheduledTask(string Name, string Description, string Arguments, IReadOnlyList<XElement> Triggers)
{
    /// <summary>The folder of the Task Scheduler that our tasks lie in.</summary>
    public const string Folder = "SessionRecorder";

    /// <summary>How long the task at a session's end delivers.</summary>
    public const int StopMinutes = 5;

    /// <summary>LocalSystem: only it may cross into a user's session with rights that the user lacks.</summary>
    private const string LocalSystem = "S-1-5-18";

    private const string LogonChannel = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";

    /// <summary>The event <c>Session logoff succeeded</c>; the Task Scheduler has no trigger of its own for a logoff.</summary>
    private const int LogoffEvent = 23;

    private static readonly XNamespace Schema = "http://schemas.microsoft.com/windows/2004/02/mit/task";

    /// <summary>The path by which the Task Scheduler knows it.</summary>
    public string Path => $@"\{Folder}\{Name}";

    /// <summary>The tasks that record each session from logon or reconnect to disconnect or logoff.</summary>
    public static IReadOnlyList<ScheduledTask> ForPlatform(string platform) =>
    [
        new(
            "Start",
            "Starts the recording of each session, at logon and when a session is connected again",
            $"start --each --platform {platform} --timeout 50s",
            [
                new XElement(Schema + "LogonTrigger", Enabled()),
                StateChange("ConsoleConnect"),
                StateChange("RemoteConnect"),
            ]),
        new(
            "Stop",
            "Ends the recording of a session, at logoff and when a session is disconnected",
            $"stop --left --timeout {StopMinutes}m",
            [
                new XElement(
                    Schema + "EventTrigger",
                    Enabled(),
                    new XElement(
                        Schema + "Subscription",
                        $"<QueryList><Query Id=\"0\" Path=\"{LogonChannel}\"><Select Path=\"{LogonChannel}\">"
                            + $"*[System[EventID={LogoffEvent}]]</Select></Query></QueryList>")),
                StateChange("ConsoleDisconnect"),
                StateChange("RemoteDisconnect"),
            ]),
    ];

    /// <summary>The XML, as <c>schtasks /create /xml</c> wants it: UTF-16 with a byte order mark.</summary>
    public byte[] ToXml(string program)
    {
        var task = new XElement(
            Schema + "Task",
            new XAttribute("version", "1.2"),
            new XElement(
                Schema + "RegistrationInfo",
                new XElement(Schema + "Author", "Session Recorder"),
                new XElement(Schema + "Description", Description),
                new XElement(Schema + "URI", Path)),
            new XElement(Schema + "Triggers", Triggers),
            new XElement(
                Schema + "Principals",
                new XElement(
                    Schema + "Principal",
                    new XAttribute("id", "System"),
                    new XElement(Schema + "UserId", LocalSystem),
                    new XElement(Schema + "RunLevel", "HighestAvailable"))),
            Settings(),
            new XElement(
                Schema + "Actions",
                new XAttribute("Context", "System"),
                new XElement(
                    Schema + "Exec",
                    new XElement(Schema + "Command", program),
                    new XElement(Schema + "Arguments", Arguments))));
        var text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n" + task.ToString().ReplaceLineEndings("\r\n") + "\r\n";
        return [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(text)];
    }

    private static XElement Settings() => new(
        Schema + "Settings",

        // Several users may log on at once; and the default ends a task after 72 hours.
        new XElement(Schema + "MultipleInstancesPolicy", "Parallel"),
        new XElement(Schema + "DisallowStartIfOnBatteries", false),
        new XElement(Schema + "StopIfGoingOnBatteries", false),
        new XElement(Schema + "AllowHardTerminate", true),
        new XElement(Schema + "StartWhenAvailable", false),
        new XElement(Schema + "RunOnlyIfNetworkAvailable", false),
        new XElement(Schema + "Enabled", true),
        new XElement(Schema + "Hidden", false),
        new XElement(Schema + "RunOnlyIfIdle", false),
        new XElement(Schema + "WakeToRun", false),
        new XElement(Schema + "ExecutionTimeLimit", "PT0S"),

        // Normal priority; the default, 7, is below it, and start is waited for.
        new XElement(Schema + "Priority", 5));

    private static XElement StateChange(string change) =>
        new(Schema + "SessionStateChangeTrigger", Enabled(), new XElement(Schema + "StateChange", change));

    private static XElement Enabled() => new(Schema + "Enabled", true);
}
