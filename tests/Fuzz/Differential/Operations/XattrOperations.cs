using System.Text;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

public sealed record SetXattr(Target Target, string Name, byte[] Value, int Flags) : TargetedOperation(Target)
{
    public override string Call => $"setxattr({Target}, {Name}, {Convert.ToHexString(Value)}, {FlagName})";

    private string FlagName => Flags switch
    {
        Abi.XATTR_CREATE => "XATTR_CREATE",
        Abi.XATTR_REPLACE => "XATTR_REPLACE",
        _ => "0",
    };

    protected override Outcome OnPath(Lane lane, string path) => Outcome.Of(Sys.LsetXattr(path, Name, Value, Flags));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Outcome.Of(Sys.FsetXattr(descriptor, Name, Value, Flags));
}

public sealed record GetXattr(Target Target, string Name, int Size) : TargetedOperation(Target)
{
    public override string Call => $"getxattr({Target}, {Name}, {Size})";

    protected override Outcome OnPath(Lane lane, string path) => Show(lane, Sys.LgetXattr(path, Name, lane.Buffer[..Size]));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Show(lane, Sys.FgetXattr(descriptor, Name, lane.Buffer[..Size]));

    private Outcome Show(Lane lane, long length) =>
        new(length, length > 0 && Size > 0 ? Convert.ToHexString(lane.Buffer[..(int)length]) : "");
}

public sealed record ListXattr(Target Target, int Size) : TargetedOperation(Target)
{
    public override string Call => $"listxattr({Target}, {Size})";

    protected override Outcome OnPath(Lane lane, string path) => Show(lane, Sys.LlistXattr(path, lane.Buffer[..Size]));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Show(lane, Sys.FlistXattr(descriptor, lane.Buffer[..Size]));

    private Outcome Show(Lane lane, long length)
    {
        if (length <= 0 || Size == 0)
            return new Outcome(length);
        var names = Encoding.UTF8.GetString(lane.Buffer[..(int)length]).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return new Outcome(length, string.Join(' ', names.Order(StringComparer.Ordinal)));
    }
}

public sealed record RemoveXattr(Target Target, string Name) : TargetedOperation(Target)
{
    public override string Call => $"removexattr({Target}, {Name})";

    protected override Outcome OnPath(Lane lane, string path) => Outcome.Of(Sys.LremoveXattr(path, Name));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Outcome.Of(Sys.FremoveXattr(descriptor, Name));
}
