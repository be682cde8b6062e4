using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SessionRecorder.Tests;

/// <summary>Gives a plugin what the host would, with options as a test wants them.</summary>
internal sealed class FakePluginContext(Action<object>? setOptions = null) : IPluginContext
{
    public IServiceCollection Services { get; } = new ServiceCollection()
        .AddSingleton(TimeProvider.System)
        .AddSingleton<IDesktopSessions>(new ListedSessions())
        .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
        .AddSingleton(typeof(ILogger<>), typeof(Logger<>));

    public IConfiguration Options => throw new NotSupportedException("these plugins bind their options");

    public void AddOptions<T>()
        where T : class, new()
    {
        var options = new T();
        setOptions?.Invoke(options);
        Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(options));
    }

    /// <summary>Lets a plugin register itself and builds its container, every service of which must be constructible.</summary>
    public ServiceProvider Load(IRecorderPlugin plugin)
    {
        plugin.Configure(this);
        return Services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
    }
}

/// <summary>Desktop sessions that never change.</summary>
internal sealed class ListedSessions(params DesktopSession[] sessions) : IDesktopSessions
{
    public static DesktopSession Of(string systemSession, string user, string userId, params (string Name, string Value)[] environment) => new()
    {
        SystemSession = systemSession,
        User = user,
        UserId = userId,
        Environment = environment.ToDictionary(variable => variable.Name, variable => variable.Value),
    };

    /// <summary>Displays of these numbers, of the user who asks.</summary>
    public static ListedSessions On(params IEnumerable<int> numbers) =>
        new([.. numbers.Select(number => Of($":{number}", "ada", "1000", ("DISPLAY", $":{number}")))]);

    public Task<IReadOnlyList<DesktopSession>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<DesktopSession>>(sessions);

    public async IAsyncEnumerable<SessionChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var session in sessions)
        {
            yield return new SessionChange(SessionChangeKind.LoggedOn, session);
        }

        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
