using System.Globalization;
using SessionRecorder.TestTools.Network;
using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Users;

/// <summary>
/// All that a user without rights can set up, in files and variables, in the hope that a program of root's takes it: code for the loader
/// and the runtime, programs in PATH, settings, credentials, addresses. Whatever takes effect leaves a trace.
/// </summary>
public sealed class HostileProfile : IAsyncDisposable
{
    private static readonly string[] ProfileFiles = [".profile", ".bashrc", ".pam_environment", ".xsessionrc", ".config/environment.d/own.conf"];

    private static readonly string[] Programs =
        ["session-recorder", "ffmpeg", "ffprobe", "xrandr", "setpriv", "sh", "id", "loginctl", "aws", "keys"];

    private readonly UnprivilegedUser _user;

    // Nobody answers; it is enough that somebody asks.
    private readonly FaultProxy _listener = new(1);

    private HostileProfile(UnprivilegedUser user) => _user = user;

    /// <summary>What the user's own processes are started with.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment
    {
        get
        {
            var (home, address) = (_user.Home, $"http://127.0.0.1:{_listener.Port.ToString(CultureInfo.InvariantCulture)}");
            return
            [
                ("PATH", $"{home}/bin:/usr/bin:/bin"),

                // The loader writes a file for each process that takes this one, whoever runs it.
                ("LD_DEBUG", "files"), ("LD_DEBUG_OUTPUT", $"{home}/loaded"),
                ("LD_PRELOAD", $"{home}/lib/preload.so"), ("LD_LIBRARY_PATH", $"{home}/lib"),
                ("DOTNET_STARTUP_HOOKS", $"{home}/lib/hook.dll"), ("DOTNET_DbgEnableMiniDump", "1"), ("DOTNET_BUNDLE_EXTRACT_BASE_DIR", $"{home}/bundle"),
                ("CORECLR_ENABLE_PROFILING", "1"), ("CORECLR_PROFILER", "{cf0d821e-299b-5307-a3d8-b283c03916dd}"), ("CORECLR_PROFILER_PATH", $"{home}/lib/preload.so"),
                ("COMPlus_EnableEventPipe", "1"), ("COMPlus_EventPipeOutputPath", $"{home}/events"), ("DOTNET_EnableEventPipe", "1"), ("DOTNET_EventPipeOutputPath", $"{home}/events"),
                ("FFREPORT", $"file={home}/report:level=32"), ("TMPDIR", $"{home}/tmp"),
                ("SESSION_RECORDER__DATADIRECTORY", $"{home}/data"), ("SESSION_RECORDER__PLUGINDIRECTORY", $"{home}/lib"),
                ("SESSION_RECORDER__CAPTURE__OPTIONS__FFMPEGPATH", $"{home}/bin/ffmpeg"), ("SESSION_RECORDER__STORAGE__ARCHIVE__OPTIONS__ENDPOINT", address),
                ("AWS_CONFIG_FILE", $"{home}/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", $"{home}/.aws/config"), ("AWS_PROFILE", "own"),
                ("AWS_ENDPOINT_URL", address), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", address), ("HTTP_PROXY", address), ("HTTPS_PROXY", address),
                ("SSL_CERT_FILE", $"{home}/lib/own.pem"), ("OPENSSL_CONF", $"{home}/lib/openssl.cnf"),
                ("XAUTHORITY", $"{home}/keys"), ("XDG_CONFIG_HOME", $"{home}/.config"), ("XLOCALEDIR", $"{home}/lib"),
            ];
        }
    }

    /// <summary>Plants it in a user's home folder.</summary>
    public static async Task<HostileProfile> PlantAsync(UnprivilegedUser user)
    {
        var profile = new HostileProfile(user);
        foreach (var name in Programs)
        {
            await profile.WriteAsync($"bin/{name}", $"#!/bin/dash\n/usr/bin/touch {user.Home}/ran-{name}\n");
            await Tool.RunAsync("chmod", ["0755", $"{user.Home}/bin/{name}"]);
        }

        await profile.WriteAsync(".aws/config", $"[profile own]\ncredential_process = {user.Home}/bin/keys\n[profile appstream_machine_role]\ncredential_process = {user.Home}/bin/keys\n");
        await profile.WriteAsync("lib/hook.dll", "no assembly");
        await profile.WriteAsync("tmp/empty", "");
        var libraries = Directory.GetDirectories("/usr/lib", "*-linux-gnu").First(folder => File.Exists(Path.Combine(folder, "libxcb.so.1")));
        await Tool.RunAsync("cp", ["-L", $"{libraries}/libxcb.so.1", $"{user.Home}/lib/"]);
        await Tool.RunAsync("cp", ["-L", $"{libraries}/libutil.so.1", $"{user.Home}/lib/preload.so"]);
        var exports = string.Concat(profile.Environment.Select(variable => $"export {variable.Name}='{variable.Value}'\n"));
        foreach (var file in ProfileFiles)
        {
            await profile.WriteAsync(file, exports);
        }

        await Tool.RunAsync("chown", ["-R", $"{user.Name}:{user.Name}", user.Home]);
        return profile;
    }

    /// <summary>What has taken effect on others: a line each; empty when nothing has.</summary>
    /// <param name="processes">The processes of root's that were to be caught.</param>
    public async Task<IReadOnlyList<string>> FindEffectsAsync(IEnumerable<int> processes)
    {
        var left = await Tool.RunAsync("find", [_user.Home, "!", "-user", _user.Name]);
        return
        [
            .. left.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(path => $"somebody else made {path}"),
            .. _listener.Connections > 0 ? ["somebody asked the user's address"] : Array.Empty<string>(),
            .. processes.SelectMany(id => Look(id, "maps").Concat(Look(id, "environ"))),
        ];
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private IEnumerable<string> Look(int id, string file) => File.ReadAllText($"/proc/{id}/{file}")
        .Split('\n', '\0')
        .Where(line => line.Contains(_user.Home, StringComparison.Ordinal) || line.Contains($":{_listener.Port}", StringComparison.Ordinal))
        .Select(line => $"{Path.GetFileName(ProcFs.Program(id))} has in its {file}: {line}");

    private async Task WriteAsync(string path, string text)
    {
        var file = Path.Combine(_user.Home, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, text);
    }
}
