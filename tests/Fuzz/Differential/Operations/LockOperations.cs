using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

/// <summary>flock(2), never waiting.</summary>
public sealed record WholeFileLock(int Slot, int Kind) : Operation
{
    public override string Call => $"flock([{Slot}], {(Kind == Abi.LOCK_SH ? "LOCK_SH" : Kind == Abi.LOCK_EX ? "LOCK_EX" : "LOCK_UN")} | LOCK_NB)";

    public override Outcome Run(Lane lane)
    {
        if (!lane.TryDescriptor(Slot, out var descriptor))
            return Outcome.Nothing;
        lane.MarkLocked(Slot);
        return Outcome.Of(Sys.Flock(descriptor, Kind | Abi.LOCK_NB));
    }
}

/// <summary>
/// A record lock of the open file description (OFD) or of the process, never waiting. All lanes share one process, so that
/// conflicts arise among OFD locks and between the two kinds.
/// </summary>
public sealed record RangeLock(int Slot, bool OfDescription, short Type, long Start, long Length) : Operation
{
    public override string Call => $"fcntl([{Slot}], {(OfDescription ? "F_OFD_SETLK" : "F_SETLK")}, {RangeLockTypes.Name(Type)}, {Start}, {Length})";

    public override Outcome Run(Lane lane)
    {
        if (!lane.TryDescriptor(Slot, out var descriptor))
            return Outcome.Nothing;
        lane.MarkLocked(Slot);
        var range = new LockRange { Type = Type, Start = Start, Length = Length };
        return Outcome.Of(Sys.FcntlLock(descriptor, OfDescription ? Abi.F_OFD_SETLK : Abi.F_SETLK, ref range));
    }
}

/// <summary>Asks who stands in the way of a lock; the process number is not compared: only one process locks.</summary>
public sealed record QueryLock(int Slot, bool OfDescription, short Type, long Start, long Length) : Operation
{
    public override string Call => $"fcntl([{Slot}], {(OfDescription ? "F_OFD_GETLK" : "F_GETLK")}, {RangeLockTypes.Name(Type)}, {Start}, {Length})";

    public override Outcome Run(Lane lane)
    {
        if (!lane.TryDescriptor(Slot, out var descriptor))
            return Outcome.Nothing;
        var range = new LockRange { Type = Type, Start = Start, Length = Length };
        var result = Sys.FcntlLock(descriptor, OfDescription ? Abi.F_OFD_GETLK : Abi.F_GETLK, ref range);
        return new Outcome(result, result == 0 ? $"{RangeLockTypes.Name(range.Type)} {range.Start} {range.Length}" : "");
    }
}

internal static class RangeLockTypes
{
    public static string Name(short type) => type == Abi.F_RDLCK ? "F_RDLCK" : type == Abi.F_WRLCK ? "F_WRLCK" : "F_UNLCK";
}
