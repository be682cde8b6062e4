using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Logging;

namespace SessionRecorder.Tests.Logging;

public sealed class RecorderLoggingTests
{
    [Fact]
    public void The_agents_log_file_holds_a_line_for_each_message_from_information_up()
    {
        var folder = Directory.CreateTempSubdirectory("recorder-log-");
        var file = Path.Combine(folder.FullName, "logs", "agent.log");
        using (var loggers = RecorderLogging.ToFile(file, verbose: false))
        {
            var logger = loggers.CreateLogger<RecorderLoggingTests>();
            logger.LogInformation("segment {Index} closed", 7);
            logger.LogDebug("too much");

            // At once, not at the end: an agent may be killed.
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            Assert.Matches(
                @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INF SessionRecorder\.Tests\.Logging\.RecorderLoggingTests: segment 7 closed\r?\n$",
                reader.ReadToEnd());
        }

        folder.Delete(recursive: true);
    }
}
