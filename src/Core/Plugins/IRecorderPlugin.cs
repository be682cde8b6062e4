using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace SessionRecorder;

/// <summary>A plugin's entry point. The entry assembly has exactly one public class that implements it.</summary>
/// <remarks>
/// The class needs a public constructor without parameters. The host makes one for each use of the plugin in the
/// configuration, each with a container of its own, so two sinks of one kind do not share options.
/// </remarks>
public interface IRecorderPlugin
{
    /// <summary>Registers the plugin's service: one of the contracts of this assembly, by the plugin's kind.</summary>
    /// <remarks>
    /// Called once, before anything else. It only registers: no file, process or network is touched here. An exception
    /// stops the host with its message.
    /// </remarks>
    /// <param name="context">Where to register, and the options given in the configuration.</param>
    void Configure(IPluginContext context);
}

/// <summary>What a plugin is given to register itself with. Valid during <see cref="IRecorderPlugin.Configure"/> only.</summary>
public interface IPluginContext
{
    /// <summary>
    /// The plugin's own container. The host has registered <see cref="TimeProvider"/>, <see cref="IProcessSupervisor"/>,
    /// <see cref="IDesktopSessions"/>, <c>ILogger&lt;T&gt;</c> and, where a session is recorded, <see cref="UserSession"/>.
    /// </summary>
    IServiceCollection Services { get; }

    /// <summary>The <c>Options</c> section that the configuration gives this plugin; empty where it gives none.</summary>
    IConfiguration Options { get; }

    /// <summary>Binds the options to a class, strictly, and registers <c>IOptions&lt;T&gt;</c>.</summary>
    /// <remarks>
    /// An unknown key, a value of the wrong type and a value that breaks a validation attribute
    /// (System.ComponentModel.DataAnnotations) are errors. The host reports all of them at once, each with its key, its
    /// value and what is allowed, and does not start. Durations are written <c>500ms</c>, <c>15s</c>, <c>1m30s</c> or
    /// <c>00:01:30</c>.
    /// </remarks>
    /// <typeparam name="T">A class with a constructor without parameters and settable properties.</typeparam>
    void AddOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>()
        where T : class, new();
}
