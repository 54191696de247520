using System.Text.RegularExpressions;

namespace ByteFuse.Architecture.Tests;

/// <summary>Rules that hold for every source file.</summary>
public sealed partial class SourceRuleTests
{
    private const int FileLimit = 800;
    private const int MethodLimit = 70;

    // Where pointers are handled behind bounds-checked types.
    private static readonly string[] UnsafeFolders =
    [
        "src/ByteFuse.Linux/", "src/ByteFuse.Protocol/", "src/ByteFuse.Transports/", "src/ByteFuse.Metadata/Engines/RocksDb/",
    ];

    // A compiler switch is per project, so the project of the binding has it; the keyword is what is confined to the folder.
    private static readonly string[] UnsafeProjects =
        ["ByteFuse.Linux", "ByteFuse.Protocol", "ByteFuse.Transports", "ByteFuse.Metadata"];

    [Fact]
    public void Unsafe_code_stays_in_its_folders()
    {
        var sources = Repository.Sources("src").ToList();
        Assert.True(sources.Count > 20, "the sources were not found");
        var strays = sources
            .Where(path => !UnsafeFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal)))
            .Where(path => UnsafeKeyword().IsMatch(CodeText.Blank(Repository.Read(path))))
            .ToList();
        Assert.Empty(strays);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(path => File.ReadAllText(path).Contains("<AllowUnsafeBlocks>true"))
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Except(UnsafeProjects));
    }

    [Fact]
    public void No_file_is_too_long()
    {
        var tooLong = Repository.Sources("src", "tests", "bench")
            .Select(path => (path, lines: Repository.Read(path).Count(c => c == '\n')))
            .Where(file => file.lines > FileLimit)
            .ToList();
        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_method_is_too_long_without_a_reason()
    {
        var members = Repository.Sources("src", "tests", "bench")
            .SelectMany(path => MethodScanner.Scan(Repository.Read(path)).Select(member => (path, member)))
            .ToList();
        Assert.True(members.Count > 100, "the methods were not found");
        Assert.Empty(members
            .Where(found => found.member.Lines > MethodLimit && !HasReason(found.path, found.member))
            .Select(found => $"{found.path}:{found.member.FirstLine} {found.member.Declaration} ({found.member.Lines} lines)"));
    }

    [Fact]
    public void Every_public_type_is_documented()
    {
        var undocumented = new List<string>();
        var types = 0;
        foreach (var path in Repository.Sources("src"))
        {
            var lines = Repository.Read(path).Split('\n');
            var code = CodeText.Blank(Repository.Read(path)).Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                if (!PublicType().IsMatch(code[i])) continue;
                types++;
                var above = i - 1;
                while (above >= 0 && lines[above].TrimStart().StartsWith('[')) above--;
                if (above < 0 || !lines[above].TrimStart().StartsWith("///", StringComparison.Ordinal))
                    undocumented.Add($"{path}:{i + 1} {lines[i].Trim()}");
            }
        }
        Assert.True(types > 20, "the public types were not found");
        Assert.Empty(undocumented);
    }

    // The reason stands in the three lines above the declaration or beside it.
    private static bool HasReason(string path, Member member)
    {
        var lines = Repository.Read(path).Split('\n');
        var first = Math.Max(0, member.FirstLine - 4);
        return lines[first..Math.Min(lines.Length, member.FirstLine + 2)].Any(line => Reason().IsMatch(line));
    }

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"// long: \S+")]
    private static partial Regex Reason();

    [GeneratedRegex(@"^\s*public\s+(?:(?:static|sealed|abstract|partial|readonly|ref|unsafe|new)\s+)*(?:class|struct|interface|enum|record|delegate)\b")]
    private static partial Regex PublicType();
}
