using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

/// <summary>
/// SEEK_DATA or SEEK_HOLE. Where data begins and ends is the file system's own choice, so each side's answer is judged against the
/// bytes that it reads there: data must not be passed over, and a hole must read as zeros.
/// </summary>
public sealed record SeekSparse(int Slot, long Offset, bool Hole) : DescriptorOperation(Slot)
{
    // Files that the sequences make stay below this; of a larger one only so much is judged.
    private const long JudgedBytes = 2 * 1024 * 1024;

    public override string Call => $"lseek([{Slot}], {Offset}, {(Hole ? "SEEK_HOLE" : "SEEK_DATA")})";

    protected override Outcome On(Lane lane, long descriptor)
    {
        if (Sys.Fstat(descriptor, out var status) < 0 || Attributes.TypeOf(status) != NodeType.Regular)
            return Outcome.Nothing;
        var before = Sys.Lseek(descriptor, 0, Abi.SEEK_CUR);
        if (before < 0)
            return new Outcome(before);
        var found = Sys.Lseek(descriptor, Offset, Hole ? Abi.SEEK_HOLE : Abi.SEEK_DATA);
        Sys.Lseek(descriptor, before, Abi.SEEK_SET);
        if (Offset < 0 || Offset >= status.Size)
            return new Outcome(found);
        if (found < 0 && (Hole || found != -(long)Errno.ENXIO))
            return new Outcome(found);
        var bytes = new byte[Math.Min(status.Size - Offset, JudgedBytes)];
        // A descriptor open for writing only cannot be judged.
        if (Sys.Pread(descriptor, bytes, Offset) != bytes.Length)
            return new Outcome(0, "unread");
        return new Outcome(0, Hole ? JudgeHole(bytes, found, status.Size) : JudgeData(bytes, found));
    }

    private string JudgeHole(byte[] bytes, long found, long size)
    {
        if (found < Offset || found > size)
            return $"{found} is outside of [{Offset}, {size}]";
        return found < size && found - Offset < bytes.Length && bytes[found - Offset] != 0 ? $"data at {found}" : "consistent";
    }

    private string JudgeData(byte[] bytes, long found)
    {
        if (found >= 0 && found < Offset)
            return $"{found} lies before {Offset}";
        var passed = found < 0 ? bytes.Length : (int)Math.Min(found - Offset, bytes.Length);
        var data = bytes.AsSpan(0, passed).IndexOfAnyExcept((byte)0);
        return data < 0 ? "consistent" : $"passes over data at {Offset + data}";
    }
}
