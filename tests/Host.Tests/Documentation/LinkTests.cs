using SessionRecorder.Tests.Deployment;

namespace SessionRecorder.Tests.Documentation;

/// <summary>Every link of the documentation to a file or a heading leads somewhere.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Every_relative_link_leads_to_a_file_and_a_heading_that_there_are()
    {
        var links = Markdown.Pages
            .SelectMany(page => page.Links().Select(link => (Page: page, Link: link)))
            .Where(found => !found.Link.Contains("://", StringComparison.Ordinal) && !found.Link.StartsWith("mailto:", StringComparison.Ordinal))
            .ToArray();

        Assert.True(links.Length > 50, $"only {links.Length} links were found");
        Assert.Empty(links.Where(found => !Leads(found.Page, found.Link)).Select(found => $"{found.Page.Name}: {found.Link}"));
    }

    [Fact]
    public void Every_page_can_be_reached_from_the_readme()
    {
        var reached = new HashSet<string> { "README.md" };
        for (var before = 0; before != reached.Count;)
        {
            before = reached.Count;
            foreach (var page in Markdown.Pages.Where(page => reached.Contains(page.Name)).ToArray())
            {
                reached.UnionWith(page.Links().Select(link => Path.GetRelativePath(Repository.Folder, Target(page, link))));
            }
        }

        Assert.Empty(Markdown.Pages.Select(page => page.Name).Except(reached));
    }

    private static bool Leads(Markdown page, string link)
    {
        var target = Target(page, link);
        var heading = link.Split('#') is [_, var anchor] ? anchor : null;
        return (File.Exists(target) || Directory.Exists(target))
            && (heading is null
                || Markdown.Pages.Any(other => Path.Combine(Repository.Folder, other.Name) == target && other.Anchors().Contains(heading)));
    }

    private static string Target(Markdown page, string link) =>
        link.StartsWith('#')
            ? Path.Combine(Repository.Folder, page.Name)
            : Path.GetFullPath(Path.Combine(page.Folder, link.Split('#')[0]));
}
