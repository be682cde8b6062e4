using System.Text;
using System.Text.Json;
using Amazon.Runtime;

namespace SessionRecorder.Plugins;

/// <summary>Credentials that a program gives (<c>credential_process</c>), asked again before they end.</summary>
/// <remarks>
/// The SDK's own class runs the command through the shell that PATH or the working directory has first. Here the program
/// must be an absolute path, and is started as every other one.
/// </remarks>
internal sealed class ProcessCredentials : RefreshingAWSCredentials
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string _command;
    private readonly IProcessSupervisor _processes;
    private readonly TimeProvider _time;

    public ProcessCredentials(string command, IProcessSupervisor processes, TimeProvider time)
    {
        _command = command;
        _processes = processes;
        _time = time;
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    protected override CredentialsRefreshState GenerateNewCredentials() => GenerateNewCredentialsAsync().GetAwaiter().GetResult();

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        var (program, arguments) = CommandText.Split(_command);
        using var limit = new CancellationTokenSource(Limit, _time);
        await using var process = _processes.Start(new ProcessStart { FileName = program, Arguments = arguments });
        var output = new StringBuilder();
        try
        {
            await foreach (var line in process.ReadLinesAsync(limit.Token))
            {
                output.AppendLine(line);
            }

            var code = await process.Exited.WaitAsync(limit.Token);
            return code == 0
                ? Parse(output.ToString())
                : throw new IOException($"'{program}' ended with exit code {code}: {LastLine(process.ErrorTail)}");
        }
        catch (OperationCanceledException)
        {
            throw new IOException($"'{program}' gave no answer within {Limit.TotalSeconds:0} s");
        }
    }

    // What the program wrote is never told: it may hold the secret.
    private static CredentialsRefreshState Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var given = document.RootElement;
            if (given.GetProperty("Version").GetInt32() != 1)
            {
                throw new IOException("the version of its answer is not 1");
            }

            var expires = given.TryGetProperty("Expiration", out var end) && end.ValueKind != JsonValueKind.Null
                ? end.GetDateTimeOffset().UtcDateTime
                : DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc);
            var token = given.TryGetProperty("SessionToken", out var session) ? session.GetString() : null;
            return new CredentialsRefreshState(
                new ImmutableCredentials(
                    given.GetProperty("AccessKeyId").GetString(), given.GetProperty("SecretAccessKey").GetString(), token),
                expires);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new IOException("its answer is not the JSON that credential_process asks for");
        }
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();
}
