using System.Security.Cryptography;
using System.Text;
using SessionRecorder.Host.Trust;

namespace SessionRecorder.Host.Deployment;

/// <summary>A complete program: its files, and the name of its folder, which says its content.</summary>
/// <remarks>
/// A folder that is there is never written to. So a recording that runs from it goes on undisturbed while another version
/// is installed beside it, and a folder is either whole or not there.
/// </remarks>
internal sealed class ProgramVersion
{
    /// <summary>Where <c>capture.ffmpeg</c> looks first: beside the program.</summary>
    private const string FfmpegFolder = "ffmpeg";

    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);

    private ProgramVersion(string version) => Version = version;

    public string Version { get; }

    /// <summary>The folder's name: <c>0.1.0-5d41402a</c>.</summary>
    public string FolderName { get; private set; } = "";

    /// <summary>How many bytes there are to copy.</summary>
    public long Length { get; private set; }

    public int Count => _files.Count;

    /// <summary>Whether ffmpeg is among the files.</summary>
    public bool HasFfmpeg => _files.Keys.Any(file => file.StartsWith(FfmpegFolder + "/", StringComparison.Ordinal));

    /// <summary>Collects the files.</summary>
    /// <param name="request">Names the unpacked program, ffmpeg and PsExec.</param>
    /// <param name="current">The folder of the version in use, whose ffmpeg and PsExec are kept; null for none.</param>
    /// <exception cref="InstallException">Something is missing.</exception>
    public static ProgramVersion Collect(InstallRequest request, string? current)
    {
        var version = new ProgramVersion(request.Version);
        version.AddFolder(request.Source, "");
        if (!version._files.ContainsKey(request.Layout.ProgramName))
        {
            throw new InstallException(
                $"{request.Source} is no unpacked Session Recorder: it has no {request.Layout.ProgramName}",
                "run install from the folder that the archive was unpacked to");
        }

        version.AddTool(request.Ffmpeg, "--ffmpeg", FfmpegFolder, current, WithFfprobe);
        version.AddTool(request.PsExec, "--psexec", "psexec", current, file => [file]);
        version.Name();
        return version;
    }

    /// <summary>One of the files.</summary>
    public byte[]? Read(string name) => _files.TryGetValue(name, out var file) ? File.ReadAllBytes(file) : null;

    /// <summary>Whether a folder has all the files; more of them do no harm.</summary>
    public bool IsIn(string folder) => Directory.Exists(folder) && _files.All(file =>
        Path.Combine(folder, file.Key) is var there
        && File.Exists(there)
        && HashOf(there).AsSpan().SequenceEqual(HashOf(file.Value)));

    /// <summary>Copies the files into a folder that does not exist.</summary>
    public void CopyTo(string folder)
    {
        PlacedFiles.MakeFolder(folder, FileAccessLevel.Everybody);
        foreach (var (name, file) in _files)
        {
            var target = Path.Combine(folder, name);
            if (Path.GetDirectoryName(target) is { } parent && !Directory.Exists(parent))
            {
                PlacedFiles.MakeFolder(parent, FileAccessLevel.Everybody);
            }

            PlacedFiles.Copy(file, target);
        }
    }

    private static IEnumerable<string> WithFfprobe(string ffmpeg)
    {
        if (Path.GetFileNameWithoutExtension(ffmpeg) != FfmpegFolder)
        {
            throw new InstallException($"--ffmpeg names {ffmpeg}, which is not called ffmpeg", "give the path of ffmpeg itself");
        }

        var folder = Path.GetDirectoryName(ffmpeg)!;
        var ffprobe = Path.Combine(folder, "ffprobe" + Path.GetExtension(ffmpeg));
        if (!File.Exists(ffprobe))
        {
            throw new InstallException($"there is no {ffprobe}", "put ffprobe beside ffmpeg: it measures each segment");
        }

        // A build with shared libraries has them beside it on Windows.
        return [ffmpeg, ffprobe, .. Directory.EnumerateFiles(folder, "*.dll")];
    }

    private void AddFolder(string folder, string prefix)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry.LinkTarget is not null)
            {
                throw new InstallException(
                    $"{entry.FullName} is a link, and the program has none", "unpack the archive anew and install from there");
            }

            if (entry is DirectoryInfo)
            {
                AddFolder(entry.FullName, $"{prefix}{entry.Name}/");
            }
            else
            {
                _files[prefix + entry.Name] = entry.FullName;
            }
        }
    }

    /// <summary>Adds a tool that the operator brings; else keeps the one of the version in use.</summary>
    private void AddTool(
        string? program, string option, string folder, string? current, Func<string, IEnumerable<string>> withOthers)
    {
        if (program is null)
        {
            if (current is not null && !_files.Keys.Any(file => file.StartsWith(folder + "/", StringComparison.Ordinal))
                && Path.Combine(current, folder) is var kept && Directory.Exists(kept))
            {
                AddFolder(kept, folder + "/");
            }

            return;
        }

        if (!File.Exists(program))
        {
            throw new InstallException($"{option} names {program}, and there is no such file", "give the program's path");
        }

        foreach (var name in _files.Keys.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal)).ToArray())
        {
            _files.Remove(name);
        }

        foreach (var file in withOthers(program))
        {
            _files[$"{folder}/{Path.GetFileName(file)}"] = file;
        }
    }

    private void Name()
    {
        var list = new StringBuilder();
        foreach (var (name, file) in _files)
        {
            list.Append(name).Append('\0').Append(Convert.ToHexStringLower(HashOf(file))).Append('\n');
            Length += new FileInfo(file).Length;
        }

        FolderName = $"{Version}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())))[..8]}";
    }

    private static byte[] HashOf(string file)
    {
        using var stream = BoundedFile.Open(file);
        return SHA256.HashData(stream);
    }
}
