namespace SessionRecorder.Host.Deployment;

/// <summary>Where sessions are recorded, and so what starts and stops the recording.</summary>
internal enum InstallTarget
{
    AppStream,
    WorkSpaces,
    Ec2,
}

/// <summary>What is to be installed, or removed.</summary>
internal sealed record InstallRequest
{
    public required InstallTarget Target { get; init; }

    /// <summary>The machine's folders.</summary>
    public required MachineLayout Layout { get; init; }

    /// <summary>The folder of the unpacked program.</summary>
    public required string Source { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>ffmpeg, to be copied with ffprobe that lies beside it; null for the one that is there.</summary>
    public string? Ffmpeg { get; init; }

    /// <summary>PsExec, to be copied; null for none.</summary>
    public string? PsExec { get; init; }

    /// <summary>The configuration to install where there is none; null for a template.</summary>
    public string? Configuration { get; init; }

    /// <summary>What the operator calls that configuration; null where it is its own path.</summary>
    public string? ConfigurationName { get; init; }

    /// <summary>Whether it is a WorkSpaces Pool, which has session scripts as AppStream has.</summary>
    public bool Pools { get; init; }

    /// <summary>Whether the service watches the sessions, instead of scheduled tasks. Always so on Linux.</summary>
    public bool Service { get; init; }

    /// <summary>Whether session scripts start and stop the recording.</summary>
    public bool HasSessionScripts => Target == InstallTarget.AppStream || (Target == InstallTarget.WorkSpaces && Pools);

    /// <summary>The folder of these.</summary>
    public string SessionScripts => Pools ? Layout.PoolScripts : Layout.SessionScripts;

    /// <summary>The profile in which the place keeps the machine role's credentials.</summary>
    public string MachineRole => Pools ? "workspaces_machine_role" : "appstream_machine_role";

    /// <summary>Whether the service starts and stops the recording by itself.</summary>
    public bool ServiceWatches => !HasSessionScripts && (Service || !Layout.IsWindows);

    /// <summary>The platform plugin's name.</summary>
    public string Platform => Target.ToString().ToLowerInvariant();
}
