using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder.Plugins;

public sealed class GoodPlatformPlugin : IRecorderPlugin
{
    public void Configure(IPluginContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Services.AddSingleton<IPlatform, GoodPlatform>();
    }
}

/// <summary>Called as its folder is, and of the opinion that a file <c>answer</c> there holds.</summary>
public sealed class GoodPlatform : IPlatform
{
    private static readonly string Folder = Path.GetDirectoryName(typeof(GoodPlatform).Assembly.Location)!;

    public string Name => Path.GetFileName(Folder).Split('.')[1];

    public async Task<bool> IsCurrentAsync(CancellationToken cancellationToken)
    {
        var answer = Path.Combine(Folder, "answer");
        switch (File.Exists(answer) ? await File.ReadAllTextAsync(answer, cancellationToken) : "no")
        {
            case "yes":
                return true;
            case "throw":
                throw new InvalidOperationException("the fixture cannot tell");
            case "hang":
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return true;
            default:
                return false;
        }
    }

    public Task<UserSession> WaitForSessionAsync(SessionQuery query, CancellationToken cancellationToken) => Task.FromResult(
        new UserSession { Id = query.Id ?? "fixture", User = "somebody", Host = "somewhere", SystemSession = ":99" });

    public Task<IReadOnlyDictionary<string, string>> GetMetadataAsync(UserSession session, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

    public IReadOnlyList<string> GetStoragePath(UserSession session, IReadOnlyDictionary<string, string> metadata) => [Name];
}
