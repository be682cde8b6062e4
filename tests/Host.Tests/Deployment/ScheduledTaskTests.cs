using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using SessionRecorder.Host.Deployment.Hooks;

namespace SessionRecorder.Tests.Deployment;

/// <summary>The XML that the Task Scheduler is given.</summary>
public sealed class ScheduledTaskTests
{
    private const string Program = @"C:\Program Files\SessionRecorder\session-recorder.bat";

    private static readonly XNamespace Schema = "http://schemas.microsoft.com/windows/2004/02/mit/task";

    [Theory]
    [InlineData("workspaces")]
    [InlineData("ec2")]
    public void Every_task_is_valid_by_the_schema(string platform)
    {
        var schemas = new XmlSchemaSet();
        schemas.Add(null, Path.Combine(AppContext.BaseDirectory, "Deployment", "task-scheduler.xsd"));
        foreach (var task in ScheduledTask.ForPlatform(platform))
        {
            var problems = new List<string>();
            Parse(task).Validate(schemas, (_, e) => problems.Add($"{task.Name}: {e.Message}"));
            Assert.Empty(problems);
        }
    }

    [Fact]
    public void Tasks_run_as_LocalSystem_without_a_time_limit_and_side_by_side()
    {
        Assert.All(ScheduledTask.ForPlatform("ec2"), task =>
        {
            var xml = Parse(task);
            Assert.Equal("S-1-5-18", (string?)xml.Descendants(Schema + "UserId").Single());
            Assert.Equal("PT0S", (string?)xml.Descendants(Schema + "ExecutionTimeLimit").Single());
            Assert.Equal("Parallel", (string?)xml.Descendants(Schema + "MultipleInstancesPolicy").Single());
            Assert.Equal(Program, (string?)xml.Descendants(Schema + "Command").Single());
        });
    }

    [Fact]
    public void A_recording_starts_at_logon_and_reconnect_and_ends_at_logoff_and_disconnect()
    {
        var tasks = ScheduledTask.ForPlatform("workspaces").ToDictionary(task => task.Name, Parse);

        Assert.NotEmpty(tasks["Start"].Descendants(Schema + "LogonTrigger"));
        Assert.Equal(["ConsoleConnect", "RemoteConnect"], StateChanges(tasks["Start"]));
        Assert.Equal(["ConsoleDisconnect", "RemoteDisconnect"], StateChanges(tasks["Stop"]));
        var query = XElement.Parse((string)tasks["Stop"].Descendants(Schema + "Subscription").Single());
        Assert.Equal("*[System[EventID=23]]", (string)query.Descendants("Select").Single());
        Assert.StartsWith("start --each --platform workspaces ", (string)tasks["Start"].Descendants(Schema + "Arguments").Single(), StringComparison.Ordinal);
        Assert.StartsWith("stop ", (string)tasks["Stop"].Descendants(Schema + "Arguments").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_UTF_16_as_its_declaration_says()
    {
        var bytes = ScheduledTask.ForPlatform("ec2")[0].ToXml(Program);

        Assert.Equal([0xFF, 0xFE], bytes[..2]);
        using var reader = XmlReader.Create(new MemoryStream(bytes));
        reader.Read();
        Assert.Equal("UTF-16", reader.GetAttribute("encoding"));
    }

    private static IEnumerable<string> StateChanges(XDocument task) => task.Descendants(Schema + "StateChange").Select(change => change.Value);

    private static XDocument Parse(ScheduledTask task) => XDocument.Load(new MemoryStream(task.ToXml(Program)));
}
