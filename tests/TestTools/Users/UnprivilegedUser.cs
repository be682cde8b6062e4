using System.Globalization;
using SessionRecorder.TestTools.Files;
using SessionRecorder.TestTools.Processes;

namespace SessionRecorder.TestTools.Users;

/// <summary>A user of this machine without any rights, with a home folder. Needs root. Disposing removes both.</summary>
public sealed class UnprivilegedUser : IAsyncDisposable
{
    private const string UserAdd = "/usr/sbin/useradd";
    private const string UserDelete = "/usr/sbin/userdel";
    private const string SetPrivileges = "/usr/bin/setpriv";

    private readonly TemporaryFolder _folder = new();

    private UnprivilegedUser(string name) => Name = name;

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Unavailable { get; } =
        !OperatingSystem.IsLinux() || !System.Environment.IsPrivilegedProcess ? "only root on Linux can make users"
        : new[] { UserAdd, UserDelete, SetPrivileges }.FirstOrDefault(tool => !File.Exists(tool)) is { } missing ? $"{missing} is missing"
        : null;

    public string Name { get; }

    public string Home => _folder["home"];

    /// <summary>The user's id.</summary>
    public int Id { get; private set; }

    /// <summary>Makes one.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static async Task<UnprivilegedUser> CreateAsync()
    {
        var user = new UnprivilegedUser($"recorder-{Guid.NewGuid().ToString("N")[..8]}");
        try
        {
            await Tool.RunAsync(UserAdd, ["--no-create-home", "--home-dir", user.Home, "--shell", "/bin/sh", user.Name]);
            user.Id = int.Parse(await Tool.RunAsync("id", ["-u", user.Name]), CultureInfo.InvariantCulture);

            // Others must get to the home folder; in it, all is the user's.
            await Tool.RunAsync("chmod", ["0755", user._folder.FullName]);
            Directory.CreateDirectory(user.Home);
            await user.OwnAsync(user.Home);
            return user;
        }
        catch
        {
            await user.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives a file or folder, or a link itself, to the user.</summary>
    public Task OwnAsync(string path) => Tool.RunAsync("chown", ["-h", $"{Name}:{Name}", path]);

    /// <summary>Gives the user a copy of a program's folder: where root keeps it, the user may have no access.</summary>
    /// <returns>The program in the copy.</returns>
    public async Task<string> InstallAsync(string program)
    {
        var folder = Path.Combine(_folder.FullName, "program");
        await Tool.RunAsync("cp", ["-r", Path.GetDirectoryName(program)!, folder]);
        await Tool.RunAsync("chmod", ["-R", "a+rX", folder]);
        return Path.Combine(folder, Path.GetFileName(program));
    }

    /// <summary>Runs a program as the user, to its end, with an environment of the user's own.</summary>
    public async Task<ToolResult> TryAsync(string fileName, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        await using var process = Launch(fileName, arguments, environment);
        return await process.WaitForExitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Starts a program as the user.</summary>
    public RunningProcess Launch(string fileName, IEnumerable<string> arguments, params (string Name, string Value)[] environment) => new(
        SetPrivileges,
        [
            $"--reuid={Name}", $"--regid={Name}", "--clear-groups", "--",
            "/usr/bin/env", "-i", "-C", Home, "PATH=/usr/bin:/bin", $"HOME={Home}", $"USER={Name}", "LANG=C.UTF-8",
            .. environment.Select(variable => $"{variable.Name}={variable.Value}"),
            fileName, .. arguments,
        ]);

    public async ValueTask DisposeAsync()
    {
        foreach (var id in ProcFs.FindByOwner(Id))
        {
            ProcFs.Signal(id, ProcFs.SigKill);
        }

        if (Id != 0)
        {
            await Tool.TryAsync(UserDelete, [Name]);
        }

        _folder.Dispose();
    }
}
