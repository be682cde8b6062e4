using System.Globalization;

namespace SessionRecorder.Host.Logging;

/// <summary>Numbered files of lines in one folder: <c>000000.jsonl</c>, <c>000001.jsonl</c> … Thread-safe; throws nothing.</summary>
/// <remarks>
/// A file is opened with its first line and never again once it is closed, so what a closed one holds is final. A process
/// begins with the number behind the last. There is room for so many files; then the oldest goes that may go, and where none
/// may, no more is written.
/// </remarks>
/// <param name="folder">The folder, which is there.</param>
/// <param name="keepsAll">Whether a file may go only when <see cref="MayRemove"/> says so.</param>
internal sealed class LogFiles(string folder, bool keepsAll) : IDisposable
{
    private const string Extension = ".jsonl";

    private readonly Lock _gate = new();
    private readonly HashSet<int> _removable = [];
    private FileStream? _file;
    private int _next;

    /// <summary>How long a file may get, in bytes.</summary>
    public long MaxBytes { get; init; } = 1_000_000;

    /// <summary>How many files there may be.</summary>
    public int MaxFiles { get; init; } = 30;

    /// <summary>The name of a file.</summary>
    public static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{index:D6}{Extension}");

    /// <summary>The number of a file, by its name; null for any other name.</summary>
    public static int? IndexOf(ReadOnlySpan<char> name) =>
        name.EndsWith(Extension, StringComparison.Ordinal)
        && name.Length >= 6 + Extension.Length
        && int.TryParse(name[..^Extension.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && name.SequenceEqual(NameOf(index))
            ? index
            : null;

    /// <summary>Writes lines to the end, at once.</summary>
    /// <param name="lines">Whole lines.</param>
    /// <returns>Whether they are written: not while the disk refuses, or there is no room for another file.</returns>
    public bool TryWrite(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            try
            {
                if (_file is not null && _file.Length > 0 && _file.Length + lines.Length > MaxBytes)
                {
                    CloseFile();
                }

                _file ??= Open();
                return _file is not null && TryAppend(_file, lines);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Closes the file; what is written from now on goes to the next.</summary>
    public void Close()
    {
        lock (_gate)
        {
            CloseFile();
        }
    }

    /// <summary>The numbers of the closed files, in order. Empty also where the folder cannot be read.</summary>
    public IReadOnlyList<int> FindClosed()
    {
        lock (_gate)
        {
            try
            {
                var open = _file is null ? -1 : _next - 1;
                return [.. Find().Where(index => index != open)];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    /// <summary>Has the next file have at least this number.</summary>
    public void SkipTo(int index)
    {
        lock (_gate)
        {
            _next = Math.Max(_next, index);
        }
    }

    /// <summary>A file is needed no longer.</summary>
    public void MayRemove(int index)
    {
        lock (_gate)
        {
            _removable.Add(index);
        }
    }

    public void Dispose() => Close();

    private static bool TryAppend(FileStream file, ReadOnlySpan<byte> lines)
    {
        var length = file.Length;
        try
        {
            file.Write(lines);
            return true;
        }
        catch (IOException)
        {
            // Half a line would be none.
            file.SetLength(length);
            file.Position = length;
            return false;
        }
    }

    private FileStream? Open()
    {
        var found = Find();
        if (!TryMakeRoom(found))
        {
            return null;
        }

        _next = Math.Max(_next, found.Count == 0 ? 0 : found[^1] + 1);
        var file = new FileStream(
            PathOf(_next), FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        _next++;
        return file;
    }

    private bool TryMakeRoom(List<int> found)
    {
        while (found.Count >= MaxFiles)
        {
            if (found.FindIndex(index => !keepsAll || _removable.Contains(index)) is not (>= 0 and var oldest))
            {
                return false;
            }

            File.Delete(PathOf(found[oldest]));
            found.RemoveAt(oldest);
        }

        return true;
    }

    private List<int> Find() =>
    [
        .. Directory.EnumerateFiles(folder).Select(path => IndexOf(Path.GetFileName(path.AsSpan()))).OfType<int>().Order(),
    ];

    private string PathOf(int index) => Path.Combine(folder, NameOf(index));

    private void CloseFile()
    {
        try
        {
            _file?.Dispose();
        }
        finally
        {
            _file = null;
        }
    }
}
