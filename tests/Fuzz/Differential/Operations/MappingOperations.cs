using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

/// <summary>
/// Reads or writes through a shared mapping, synchronised before it is unmapped. Only within the file's size: past it is SIGBUS.
/// </summary>
public sealed record MapTransfer(int Slot, bool Writes, int Count, long Offset) : DescriptorOperation(Slot)
{
    public override string Call => $"mmap([{Slot}]) {(Writes ? "write" : "read")} {Count} bytes at {Offset}";

    protected override Outcome On(Lane lane, long descriptor)
    {
        if (Sys.Fstat(descriptor, out var status) < 0 || Attributes.TypeOf(status) != NodeType.Regular || Offset + Count > status.Size)
            return Outcome.Nothing;
        var start = Offset & ~(Environment.SystemPageSize - 1L);
        var length = Offset + Count - start;
        var address = Sys.Mmap(length, Writes ? Abi.PROT_READ | Abi.PROT_WRITE : Abi.PROT_READ, Abi.MAP_SHARED, descriptor, start);
        if (address < 0)
            return new Outcome(address);
        try
        {
            var mapped = Sys.Mapped(address + (Offset - start), Count);
            if (!Writes)
                return ShowBytes(lane.Buffer, MappedTransfer.Read(mapped, lane.Buffer));
            Pattern.Fill(lane.Buffer[..Count], (ulong)Number);
            var written = MappedTransfer.Write(mapped, lane.Buffer[..Count]);
            var synchronised = Sys.Msync(address, length, Abi.MS_SYNC);
            return synchronised < 0 ? new Outcome(synchronised, "msync") : new Outcome(written);
        }
        finally
        {
            Sys.Munmap(address, length);
        }
    }
}
