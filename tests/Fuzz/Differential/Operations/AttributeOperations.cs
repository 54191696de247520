using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

public sealed record Status(Target Target) : TargetedOperation(Target)
{
    public override string Call => $"stat({Target})";

    protected override Outcome OnPath(Lane lane, string path) => Describe(lane, Sys.Lstat(path, out var status), status);

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Describe(lane, Sys.Fstat(descriptor, out var status), status);

    private static Outcome Describe(Lane lane, long result, in FileStatus status) =>
        new(result, result == 0 ? Attributes.Describe(status, lane.Side.StartSeconds) : "");
}

public sealed record ChangeMode(Target Target, int Mode) : TargetedOperation(Target)
{
    public override string Call => $"chmod({Target}, 0{Convert.ToString(Mode, 8)})";

    protected override Outcome OnPath(Lane lane, string path) => Outcome.Of(Sys.Chmod(path, Mode));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Outcome.Of(Sys.Fchmod(descriptor, Mode));
}

public sealed record ChangeOwner(Target Target, int User, int Group) : TargetedOperation(Target)
{
    public override string Call => $"lchown({Target}, {User}, {Group})";

    protected override Outcome OnPath(Lane lane, string path) => Outcome.Of(Sys.Lchown(path, User, Group));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Outcome.Of(Sys.Fchown(descriptor, User, Group));
}

/// <summary>Sets times and reads them back at once: later an access time depends on which reads reached the file system.</summary>
public sealed record SetTimes(Target Target, TimeChange Access, TimeChange Modification) : TargetedOperation(Target)
{
    public override string Call => $"utimensat({Target}, {Access}, {Modification})";

    protected override Outcome OnPath(Lane lane, string path)
    {
        // Opened before: the walk to a symbolic link may lead through that very link, and reads it.
        var opened = Sys.Open(path, (int)(OpenFlags.O_PATH | OpenFlags.O_NOFOLLOW));
        var result = Sys.UtimensAt(Abi.AT_FDCWD, path, Access.Seconds, Access.Nanoseconds, Modification.Seconds, Modification.Nanoseconds, Abi.AT_SYMLINK_NOFOLLOW);
        if (opened < 0)
            return Outcome.Of(result);
        var outcome = ReadBack(lane, result, Sys.Fstat(opened, out var status), status);
        Sys.Close(opened);
        return outcome;
    }

    protected override Outcome OnDescriptor(Lane lane, long descriptor)
    {
        var result = Sys.Futimens(descriptor, Access.Seconds, Access.Nanoseconds, Modification.Seconds, Modification.Nanoseconds);
        return ReadBack(lane, result, Sys.Fstat(descriptor, out var status), status);
    }

    private Outcome ReadBack(Lane lane, long result, long statusResult, in FileStatus status)
    {
        if (result < 0 || statusResult < 0)
            return Outcome.Of(result);
        var start = lane.Side.StartSeconds;
        var access = Access == TimeChange.Omit ? "" : $"atime {Attributes.DescribeTime(status.AccessTime, start)} ";
        // As in Attributes.Of: the times of a FIFO follow its use on one side only.
        if (Attributes.TypeOf(status) == NodeType.Fifo && Modification == TimeChange.Omit)
            return new Outcome(0, access);
        return new Outcome(0, $"{access}mtime {Attributes.DescribeTime(status.ModifyTime, start)}");
    }
}

public sealed record CheckAccess(string Path, int Mode) : Operation
{
    public override string Call => $"faccessat2({Path}, {Mode}, AT_EACCESS)";

    public override Outcome Run(Lane lane) => Outcome.Of(Sys.FaccessAt2(Abi.AT_FDCWD, lane.Absolute(Path), Mode, Abi.AT_EACCESS));
}
