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
