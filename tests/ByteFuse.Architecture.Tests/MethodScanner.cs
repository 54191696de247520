using System.Text.RegularExpressions;

namespace ByteFuse.Architecture.Tests;

/// <summary>A member with a body in braces: where it stands and how many lines it has, declaration and braces included.</summary>
internal sealed record Member(string Declaration, int FirstLine, int LastLine)
{
    public int Lines => LastLine - FirstLine + 1;
}

/// <summary>Finds the members of types by counting braces.</summary>
internal static partial class MethodScanner
{
    private enum Block
    {
        Namespace,
        Type,
        Member,
        Inner,
    }

    public static List<Member> Scan(string source)
    {
        var code = CodeText.Blank(source);
        var members = new List<Member>();
        var open = new Stack<(Block Kind, string Header, int Line)>();
        var (headerStart, line) = (0, 1);
        for (var i = 0; i < code.Length; i++)
        {
            if (code[i] == '\n') line++;
            if (code[i] is not ('{' or '}' or ';')) continue;
            if (code[i] == '{')
            {
                var header = code[headerStart..i];
                var lines = header.TrimStart().Count(c => c == '\n');
                open.Push((Classify(header, open), header.Trim(), line - lines));
            }
            else if (code[i] == '}' && open.TryPop(out var block) && block.Kind == Block.Member)
            {
                members.Add(new Member(Whitespace().Replace(block.Header, " "), block.Line, line));
            }
            headerStart = i + 1;
        }
        return members;
    }

    private static Block Classify(string header, Stack<(Block Kind, string Header, int Line)> open)
    {
        var outer = open.TryPeek(out var top) ? top.Kind : Block.Namespace;
        if (outer is Block.Member or Block.Inner) return Block.Inner;
        if (TypeKeyword().IsMatch(header)) return Block.Type;
        if (outer == Block.Namespace) return header.Contains("namespace") ? Block.Namespace : Block.Member;
        // The initializer of a field or property is data, however long.
        return Initializer().IsMatch(header) ? Block.Inner : Block.Member;
    }

    // Not the class or struct of a constraint.
    [GeneratedRegex(@"(?<![:,]\s*)\b(class|struct|interface|enum|record)\s+\w")]
    private static partial Regex TypeKeyword();

    [GeneratedRegex(@"^[^(]*[^=<>!]=[^=>]")]
    private static partial Regex Initializer();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
