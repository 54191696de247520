using System.Text;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

public sealed record MakeDirectory(string Path, int Mode) : Operation
{
    public override string Call => $"mkdir({Path}, 0{Convert.ToString(Mode, 8)})";

    public override Outcome Run(Lane lane) => Outcome.Of(Sys.Mkdir(lane.Absolute(Path), Mode));
}

public sealed record RemoveDirectory(string Path) : Operation
{
    public override string Call => $"rmdir({Path})";

    public override Outcome Run(Lane lane) => Outcome.Of(Sys.Rmdir(lane.Absolute(Path)));
}

public sealed record Unlink(string Path) : Operation
{
    public override string Call => $"unlink({Path})";

    public override Outcome Run(Lane lane) => Outcome.Of(Sys.Unlink(lane.Absolute(Path)));
}

public sealed record Link(string From, string To, bool Follow) : Operation
{
    public override string Call => $"link({From}, {To}{(Follow ? ", AT_SYMLINK_FOLLOW" : "")})";

    public override Outcome Run(Lane lane) => Outcome.Of(
        Sys.LinkAt(Abi.AT_FDCWD, lane.Absolute(From), Abi.AT_FDCWD, lane.Absolute(To), Follow ? Abi.AT_SYMLINK_FOLLOW : 0));
}

/// <summary>Targets are relative and never ascend, so that no path leaves the tree of its side.</summary>
public sealed record SymbolicLink(string Target, string Path) : Operation
{
    public override string Call => $"symlink({Target}, {Path})";

    public override Outcome Run(Lane lane) => Outcome.Of(Sys.Symlink(Target, lane.Absolute(Path)));
}

public sealed record ReadLink(string Path, int Size) : Operation
{
    public override string Call => $"readlink({Path}, {Size})";

    public override Outcome Run(Lane lane)
    {
        var target = new byte[Size];
        var length = Sys.Readlink(lane.Absolute(Path), target);
        return new Outcome(length, length > 0 ? Encoding.UTF8.GetString(target.AsSpan(0, (int)length)) : "");
    }
}

public sealed record Rename(string From, string To, RenameFlags Flags) : Operation
{
    public override string Call => $"renameat2({From}, {To}, {Flags})";

    public override Outcome Run(Lane lane) => Outcome.Of(
        Sys.RenameAt2(Abi.AT_FDCWD, lane.Absolute(From), Abi.AT_FDCWD, lane.Absolute(To), (int)Flags));
}

public sealed record MakeNode(string Path, NodeType Type, int Mode, uint Device) : Operation
{
    public override string Call => $"mknod({Path}, {Type} 0{Convert.ToString(Mode, 8)}, device {Device})";

    public override Outcome Run(Lane lane) => Outcome.Of(Sys.Mknod(lane.Absolute(Path), (int)Type | Mode, Device));
}

/// <summary>Lists a directory: names and types, sorted, since the order is the file system's own.</summary>
public sealed record ListDirectory(string Path) : Operation
{
    public override string Call => $"getdents({Path})";

    public override Outcome Run(Lane lane)
    {
        var result = Sys.ReadDirectory(lane.Absolute(Path), out var entries);
        var names = entries.Select(entry => $"{entry.Name}:{entry.Type:x}").Order(StringComparer.Ordinal);
        return new Outcome(result, string.Join(' ', names));
    }
}
