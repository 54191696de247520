using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

/// <summary>Opens into a slot, closing what the slot held. Always O_NONBLOCK: the path may name a FIFO.</summary>
public sealed record Open(int Slot, string Path, OpenFlags Flags, int Mode) : Operation
{
    public override string Call => $"[{Slot}] = open({Path}, {Flags}, 0{Convert.ToString(Mode, 8)})";

    public override Outcome Run(Lane lane) => lane.Fill(Slot, Sys.Open(lane.Absolute(Path), Flags.ToNative(), Mode));
}

public sealed record OpenTemporary(int Slot, string Directory, OpenFlags Flags, int Mode) : Operation
{
    public override string Call => $"[{Slot}] = open({Directory}, O_TMPFILE, {Flags}, 0{Convert.ToString(Mode, 8)})";

    public override Outcome Run(Lane lane) => lane.Fill(Slot, Sys.Open(lane.Absolute(Directory), Flags.ToNative() | Abi.O_TMPFILE, Mode));
}

/// <summary>Gives what a slot holds a name: an O_TMPFILE file its first, an unlinked one none (ENOENT).</summary>
public sealed record LinkDescriptor(int Slot, string Path) : Operation
{
    public override string Call => $"linkat([{Slot}], AT_EMPTY_PATH, {Path})";

    public override Outcome Run(Lane lane) => lane.TryDescriptor(Slot, out var descriptor)
        ? Outcome.Of(Sys.LinkAt(descriptor, "", Abi.AT_FDCWD, lane.Absolute(Path), Abi.AT_EMPTY_PATH))
        : Outcome.Nothing;
}

public sealed record Close(int Slot) : Operation
{
    public override string Call => $"close([{Slot}])";

    public override Outcome Run(Lane lane) => lane.Close(Slot);
}

public sealed record Duplicate(int From, int To) : Operation
{
    public override string Call => $"[{To}] = dup([{From}])";

    public override Outcome Run(Lane lane) => lane.TryDescriptor(From, out var descriptor) && From != To
        ? lane.Fill(To, Sys.Dup(descriptor))
        : Outcome.Nothing;
}
