using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SessionRecorder.Plugins;

namespace SessionRecorder.Tests;

/// <summary>A folder to store into, removed with the test; a file system of its own when a size is given.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("store-");
    private readonly bool _isMounted;

    public Folder(string? mountOptions = null)
    {
        if (mountOptions is not null)
        {
            Assert.SkipUnless(
                OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root on Linux can mount a file system");
            Run("mount", "-t", "tmpfs", "-o", $"{mountOptions},mode=0700", "tmpfs", Path);
            _isMounted = true;
        }
    }

    public string Path => _folder.FullName;

    public string[] Files => [.. Directory
        .EnumerateFiles(Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Select(file => System.IO.Path.GetRelativePath(Path, file))
        .Order(StringComparer.Ordinal)];

    public string At(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    public LocalStorageSink Sink(TimeProvider? time = null) => SinkAt(Path, time);

    public static LocalStorageSink SinkAt(string path, TimeProvider? time = null) =>
        new(PathsOf(path), time ?? TimeProvider.System, NullLogger<LocalStorageSink>.Instance);

    public static KeyPaths PathsOf(string path) => new(Options.Create(new LocalStorageOptions { Path = path }));

    public void Remount(string options) => Run("mount", "-o", $"remount,{options}", Path);

    public void Dispose()
    {
        if (_isMounted)
        {
            Run("umount", Path);
        }

        _folder.Delete(recursive: true);
    }

    public static StoragePut Put(string key, string text, bool replace = false) =>
        Put(key, Encoding.UTF8.GetBytes(text), replace);

    public static StoragePut Put(string key, byte[] bytes, bool replace = false) => new()
    {
        Key = key,
        Content = new MemoryStream(bytes, writable: false),
        Length = bytes.Length,
        Sha256 = Hash(bytes),
        ContentType = "application/octet-stream",
        Replace = replace,
    };

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
