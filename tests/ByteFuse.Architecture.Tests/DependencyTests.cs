using System.Xml.Linq;

namespace ByteFuse.Architecture.Tests;

/// <summary>Projects depend down one list, and siblings do not know each other.</summary>
public sealed class DependencyTests
{
    private static readonly string[] Order =
    [
        "ByteFuse.Linux", "ByteFuse.Protocol", "ByteFuse.Reactor", "ByteFuse.Metadata", "ByteFuse.Data", "ByteFuse.FileSystem",
        "ByteFuse.Transports", "ByteFuse.Daemon", "ByteFuse.Cli",
    ];

    private static readonly (string From, string To)[] Walls =
    [
        ("ByteFuse.Metadata", "ByteFuse.Data"),
        ("ByteFuse.Data", "ByteFuse.Metadata"),
        ("ByteFuse.Protocol", "ByteFuse.Linux"),
    ];

    [Fact]
    public void References_point_down_the_list()
    {
        var projects = References();
        Assert.True(projects.Count >= Order.Length, "not all projects were found");
        var wrong =
            from project in projects
            from reference in project.Value
            where Array.IndexOf(Order, project.Key) < 0 || Array.IndexOf(Order, reference) < 0
                || Array.IndexOf(Order, reference) >= Array.IndexOf(Order, project.Key)
            select $"{project.Key} -> {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Siblings_do_not_know_each_other_and_the_lowest_know_nobody()
    {
        var projects = References();
        Assert.Empty(projects["ByteFuse.Linux"]);
        Assert.Empty(projects["ByteFuse.Protocol"]);
        // Direct references suffice: nothing between the siblings in the list could pass one on to the other.
        Assert.All(Walls, wall => Assert.DoesNotContain(wall.To, projects[wall.From]));
        // The name of the sibling's namespace in the code would be a way around the project file.
        foreach (var (from, to) in Walls)
            Assert.All(Repository.Sources($"src/{from}"), path => Assert.DoesNotContain(to, CodeText.Blank(Repository.Read(path))));
    }

    [Fact]
    public void No_source_project_depends_on_a_test()
    {
        var outside = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("tests/"));
        Assert.Empty(outside);
    }

    private static Dictionary<string, string[]> References() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetFileNameWithoutExtension(path)!,
            path => XDocument.Load(path).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
                .ToArray());
}
