using System.Text.RegularExpressions;
using SessionRecorder.Tests.Deployment;

namespace SessionRecorder.Tests.Documentation;

/// <summary>A page of the documentation.</summary>
internal sealed partial class Markdown
{
    private readonly string[] _lines;

    private Markdown(string path)
    {
        Name = Path.GetRelativePath(Repository.Folder, path);
        Folder = Path.GetDirectoryName(path)!;

        // What stands in a box is read as what stands outside.
        _lines = [.. File.ReadAllLines(path).Select(line => line == ">" ? "" : line.StartsWith("> ", StringComparison.Ordinal) ? line[2..] : line)];
    }

    /// <summary>All pages that a reader is given.</summary>
    public static IReadOnlyList<Markdown> Pages { get; } =
    [
        .. ((string[])["docs", "bench", "deploy"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Folder, folder), "*.md", SearchOption.AllDirectories))
            .Append(Path.Combine(Repository.Folder, "README.md"))
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(path => new Markdown(path)),
    ];

    public string Name { get; }

    public string Folder { get; }

    /// <summary>Its blocks of code: language, first line's number, and lines, without their common indentation.</summary>
    public IEnumerable<(string Language, int Line, string[] Lines)> Blocks()
    {
        for (var i = 0; i < _lines.Length; i++)
        {
            if (Fence().Match(_lines[i]) is not { Success: true } fence)
            {
                continue;
            }

            var first = i + 1;
            var indent = fence.Groups["indent"].Length;
            for (i++; !Fence().IsMatch(_lines[i]); i++)
            {
            }

            yield return (fence.Groups["language"].Value, first + 1, [.. _lines[first..i].Select(line => line.Length < indent ? line.TrimStart() : line[indent..])]);
        }
    }

    /// <summary>Its text, without blocks of code, a line each.</summary>
    public IEnumerable<string> Text()
    {
        var isCode = false;
        foreach (var line in _lines)
        {
            if (Fence().IsMatch(line))
            {
                isCode = !isCode;
            }
            else if (!isCode)
            {
                yield return line;
            }
        }
    }

    /// <summary>What can stand behind a # in a link to this page.</summary>
    public IReadOnlySet<string> Anchors() => Text()
        .Where(line => line.StartsWith('#'))
        .Select(line => NotInAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-'))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>The addresses that it links to.</summary>
    public IEnumerable<string> Links() => Text().SelectMany(line => Link().Matches(CodeInText().Replace(line, ""))).Select(match => match.Groups["to"].Value);

    [GeneratedRegex(@"^(?<indent>\s*)```(?<language>\w*)\s*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\((?<to>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex CodeInText();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
