using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SessionRecorder.Host.Configuration;
using SessionRecorder.Host.Control;
using SessionRecorder.Host.Plugins;
using SessionRecorder.Host.Policy;
using SessionRecorder.Host.Processes;
using SessionRecorder.Host.Recording;
using SessionRecorder.Host.Sessions;
using SessionRecorder.Host.Spool;
using SessionRecorder.Host.SystemLog;
using SessionRecorder.Host.Upload;

namespace SessionRecorder.Host.Hosting;

/// <summary>Puts the parts together that a command needs: configuration, plugins, spool. Disposing ends the plugins.</summary>
/// <remarks>
/// Thread-safe: the service starts several agents at once. A plugin is loaded when it is asked for, and not before; what was
/// made is kept, for a service that runs for months.
/// </remarks>
internal sealed class RecorderHost : IAsyncDisposable
{
    /// <summary>The name of the one sink that <c>--output</c> makes.</summary>
    public const string OutputSink = "output";

    /// <summary>The one storage plugin that the host knows by name: for <c>--output</c>, and for where it may not store.</summary>
    private const string LocalStorage = "local";
    private const string LocalPath = "Path";

    private readonly Stack<IAsyncDisposable> _instances = new();
    private readonly HostServices _services;
    private readonly Lazy<PluginHost> _plugins;
    private readonly Lazy<SpoolRoot> _spool;
    private readonly Dictionary<string, IPlatform> _platforms = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, IStorageSink>> _folders = [];
    private readonly SemaphoreSlim _selecting = new(1);
    private readonly Lock _making = new();
    private readonly BandwidthLimit? _bandwidth;
    private IReadOnlyDictionary<string, IStorageSink>? _sinks;
    private ICaptureSource? _capture;
    private IElevationLauncher? _launcher;

    /// <summary>Puts the parts together.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="loggers">Where logs go.</param>
    /// <param name="arePluginsInspected">Whether <c>start</c> or the service has inspected them, and launched this agent then.</param>
    public RecorderHost(RecorderConfiguration configuration, ILoggerFactory loggers, bool arePluginsInspected = false)
    {
        Configuration = configuration;
        Loggers = loggers;
        Processes = new ProcessSupervisor(loggers.CreateLogger<ProcessSupervisor>(), configuration.Trust);
        var sessions = SystemSessions.Create(loggers);
        (Sessions, UnseenSessions) = (sessions, sessions);
        _services = new HostServices
        {
            Processes = Processes, Sessions = Sessions, LoggerFactory = loggers, Sources = configuration.Sources,
        };
        _bandwidth = Options.Upload.MaxBandwidth is { } most ? new BandwidthLimit(most.Bytes, _services.Time) : null;
        _plugins = new Lazy<PluginHost>(() => new PluginHost(
            PluginCatalog.Read(Options.PluginDirectory, Configuration.Trust), arePluginsInspected));
        _spool = new Lazy<SpoolRoot>(() => new SpoolRoot(Options.DataDirectory, Configuration.Trust));
    }

    /// <summary>The configuration.</summary>
    public RecorderConfiguration Configuration { get; }

    /// <summary>What it says.</summary>
    public RecorderOptions Options => Configuration.Options;

    /// <summary>Where logs go.</summary>
    public ILoggerFactory Loggers { get; }

    /// <summary>Starts processes.</summary>
    public ProcessSupervisor Processes { get; }

    /// <summary>The desktop sessions of this machine.</summary>
    public IDesktopSessions Sessions { get; }

    /// <summary>Those of them that nobody can record.</summary>
    public IUnseenSessions UnseenSessions { get; }

    /// <summary>The spool; made when first asked for.</summary>
    public SpoolRoot Spool => _spool.Value;

    /// <summary>Whose sessions are recorded.</summary>
    public RecordingPolicy Policy => new(
        Options.Policy,
        OperatingSystem.IsWindows() ? new WindowsGroups() : OperatingSystem.IsLinux() ? new LinuxGroups() : new UnknownGroups());

    /// <summary>What happens to sessions that cannot be recorded.</summary>
    public FailureResponse OnFailure => new(
        Options.OnFailure,
        new SessionLogoff(Sessions, SystemSessions.CreateEnder(Loggers)),
        SessionEntries.System(),
        Loggers.CreateLogger<FailureResponse>());

    /// <summary>Where a session's agent listens.</summary>
    public string ControlPathOf(string sessionId) => ControlPath.Of(Options.DataDirectory, sessionId);

    /// <summary>The platform that is configured, or that this machine is of.</summary>
    public async Task<IPlatform> SelectPlatformAsync(string? name, CancellationToken cancellationToken)
    {
        var selection = name is null
            ? Options.Platform
            : new PluginSelection { Plugin = name, Options = Options.Platform.Options };
        await _selecting.WaitAsync(cancellationToken);
        try
        {
            if (!_platforms.TryGetValue(selection.Plugin, out var platform))
            {
                platform = Keep(await new PlatformSelector(_plugins.Value, _services).SelectAsync(selection, cancellationToken));
                _platforms[selection.Plugin] = platform;
            }

            return platform;
        }
        finally
        {
            _selecting.Release();
        }
    }

    /// <summary>The configured launcher.</summary>
    public IElevationLauncher CreateLauncher()
    {
        lock (_making)
        {
            return _launcher ??= Keep(
                _plugins.Value.Create<IElevationLauncher>(PluginKind.Elevation, Options.Elevation, _services));
        }
    }

    /// <summary>The configured capture source; one for all who ask.</summary>
    public ICaptureSource CreateCapture()
    {
        lock (_making)
        {
            return _capture ??= Keep(_plugins.Value.Create<ICaptureSource>(PluginKind.Capture, Options.Capture, _services));
        }
    }

    /// <summary>The configured display plugin's services, for a session.</summary>
    public SessionDisplay CreateDisplay(UserSession session)
    {
        var plugin = _plugins.Value.Create<IDisplayMonitor>(PluginKind.Display, Options.Display, _services with { Session = session });
        Push(plugin);
        return new SessionDisplay(plugin.Service, plugin.Services.GetService<IUserActivity>(), plugin.Services.GetService<IUserNotice>());
    }

    /// <summary>The configured sinks, by name.</summary>
    /// <exception cref="ConfigurationException">None is configured.</exception>
    public IReadOnlyDictionary<string, IStorageSink> CreateSinks()
    {
        lock (_making)
        {
            return _sinks ??= Configuration.RequireStorage().ToDictionary(
                sink => sink.Key,
                sink => CreateSink(sink.Key, sink.Value));
        }
    }

    /// <summary>Loads what an agent will need, so that what is wrong with it is told before there is a session.</summary>
    /// <exception cref="ConfigurationException">The options of a plugin are wrong.</exception>
    /// <exception cref="PluginException">A plugin cannot be loaded.</exception>
    public void CheckPlugins()
    {
        CreateSinks();
        CreateCapture();
    }

    /// <summary>A sink into a local folder, without any configuration.</summary>
    public async Task<IStorageSink> CreateFolderSinkAsync(string folder, bool check, CancellationToken cancellationToken)
    {
        var options = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { [LocalPath] = Path.GetFullPath(folder) })
            .Build();
        var instance = _plugins.Value.Create<IStorageSink>(PluginKind.Storage, LocalStorage, options, _services with { Sources = null });
        Push(instance);
        if (check)
        {
            StoragePlacement.ThrowIfInside(folder, Options.DataDirectory, "--output");
            await SelfChecks.ThrowOnProblemAsync(instance.Services, cancellationToken);
        }

        return instance.Service;
    }

    /// <summary>The sinks of a session that is in the spool: the folder it was recorded for, or the configured ones.</summary>
    public IReadOnlyDictionary<string, IStorageSink> SinksOf(SpoolSession session) =>
        OutputNote.Read(session.Directory) is { } folder ? SinksOf(folder) : CreateSinks();

    /// <summary>What of a session waits in the spool, by its ledger; null where it cannot be told.</summary>
    public SessionBacklog? BacklogOf(string sessionId) => SpoolBacklogs.Find(Spool, sessionId, Options.Storage.Keys);

    /// <summary>The one sink of a session that is recorded into a folder.</summary>
    public IReadOnlyDictionary<string, IStorageSink> SinksOf(string outputFolder)
    {
        lock (_making)
        {
            if (!_folders.TryGetValue(outputFolder, out var sinks))
            {
                var sink = CreateFolderSinkAsync(outputFolder, check: false, CancellationToken.None).GetAwaiter().GetResult();
                _folders[outputFolder] = sinks = new Dictionary<string, IStorageSink> { [OutputSink] = sink };
            }

            return sinks;
        }
    }

    /// <summary>Finishes and delivers what other recorders left behind.</summary>
    /// <param name="logPatience">How long a session whose recording is delivered is held for its log.</param>
    public OrphanRecovery CreateRecovery(TimeSpan? logPatience = null) => new(Spool, CreateRepair(), SinksOf, _services.Time, Loggers)
    {
        LogPatience = logPatience ?? OrphanRecovery.DefaultLogPatience,
        LogOf = new SessionLogs(Configuration, _services.Time).Find,
    };

    /// <summary>Finishes in storage the sessions of machines that are gone.</summary>
    public StorageRecovery CreateStorageRecovery() => new(
        Path.Combine(Options.DataDirectory, "from-storage"),
        CreateRepair(),
        id => Spool.ReadDocument(id) is not null,
        Configuration.Trust,
        _services.Time,
        Loggers);

    /// <summary>Repairs a session whose recorder died.</summary>
    public SessionRepair CreateRepair() =>
        new(CreateCapture(), Options.Capture.FrameRate, Loggers.CreateLogger<SessionRepair>());

    public async ValueTask DisposeAsync()
    {
        while (_instances.TryPop(out var instance))
        {
            await instance.DisposeAsync();
        }

        _selecting.Dispose();
    }

    private IStorageSink CreateSink(string name, PluginSelection selection)
    {
        var sink = Keep(_plugins.Value.Create<IStorageSink>(PluginKind.Storage, selection, _services));
        if (selection.Plugin == LocalStorage && selection.Options[LocalPath] is { } path)
        {
            StoragePlacement.ThrowIfInside(
                path, Options.DataDirectory, $"{nameof(RecorderOptions.Storage)}:{name}:{nameof(PluginSelection.Options)}:{LocalPath}");
        }

        return _bandwidth is null ? sink : ThrottledSink.Around(sink, _bandwidth);
    }

    private T Keep<T>(PluginInstance<T> instance)
        where T : class
    {
        Push(instance);
        return instance.Service;
    }

    private void Push(IAsyncDisposable instance)
    {
        lock (_instances)
        {
            _instances.Push(instance);
        }
    }
}
