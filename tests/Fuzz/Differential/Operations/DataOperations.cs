using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential.Operations;

public sealed record Read(int Slot, int Count) : DescriptorOperation(Slot)
{
    public override string Call => $"read([{Slot}], {Count})";

    protected override Outcome On(Lane lane, long descriptor) => ShowBytes(lane.Buffer, Sys.Read(descriptor, lane.Buffer[..Count]));
}

public sealed record PositionedRead(int Slot, int Count, long Offset) : DescriptorOperation(Slot)
{
    public override string Call => $"pread([{Slot}], {Count}, {Offset})";

    protected override Outcome On(Lane lane, long descriptor) => ShowBytes(lane.Buffer, Sys.Pread(descriptor, lane.Buffer[..Count], Offset));
}

public sealed record Write(int Slot, int Count) : DescriptorOperation(Slot)
{
    public override string Call => $"write([{Slot}], {Count})";

    protected override Outcome On(Lane lane, long descriptor)
    {
        Pattern.Fill(lane.Buffer[..Count], (ulong)Number);
        return new Outcome(Sys.Write(descriptor, lane.Buffer[..Count]));
    }
}

public sealed record PositionedWrite(int Slot, int Count, long Offset) : DescriptorOperation(Slot)
{
    public override string Call => $"pwrite([{Slot}], {Count}, {Offset})";

    // With passthrough the kernel takes set-id bits away before the file below refuses the write.
    public override bool IsForRoot => Offset == OperationGenerator.BeyondAnyFile;

    protected override Outcome On(Lane lane, long descriptor)
    {
        Pattern.Fill(lane.Buffer[..Count], (ulong)Number);
        return new Outcome(Sys.Pwrite(descriptor, lane.Buffer[..Count], Offset));
    }
}

public sealed record Seek(int Slot, long Offset, int Whence) : DescriptorOperation(Slot)
{
    public override string Call => $"lseek([{Slot}], {Offset}, {(Whence == Abi.SEEK_SET ? "SEEK_SET" : Whence == Abi.SEEK_CUR ? "SEEK_CUR" : "SEEK_END")})";

    /// <summary>On a directory SEEK_END and the values of offsets are the file system's own.</summary>
    protected override Outcome On(Lane lane, long descriptor)
    {
        if (Sys.Fstat(descriptor, out var status) == 0 && Attributes.TypeOf(status) == NodeType.Directory)
            return Outcome.Nothing;
        return new Outcome(Sys.Lseek(descriptor, Offset, Whence));
    }
}

public sealed record Truncate(Target Target, long Length) : TargetedOperation(Target)
{
    public override string Call => $"truncate({Target}, {Length})";

    protected override Outcome OnPath(Lane lane, string path) => Outcome.Of(Sys.Truncate(path, Length));

    protected override Outcome OnDescriptor(Lane lane, long descriptor) => Outcome.Of(Sys.Ftruncate(descriptor, Length));
}

public sealed record Allocate(int Slot, AllocateMode Mode, long Offset, long Length) : DescriptorOperation(Slot)
{
    public override string Call => $"fallocate([{Slot}], {Mode}, {Offset}, {Length})";

    // The kernel takes set-id bits away before it asks (fuse_file_fallocate in fs/fuse/file.c).
    public override bool IsForRoot => Length == OperationGenerator.BeyondAnyFile;

    protected override Outcome On(Lane lane, long descriptor) => Outcome.Of(Sys.Fallocate(descriptor, (int)Mode, Offset, Length));
}

public sealed record Sync(int Slot, bool DataOnly) : DescriptorOperation(Slot)
{
    public override string Call => $"{(DataOnly ? "fdatasync" : "fsync")}([{Slot}])";

    protected override Outcome On(Lane lane, long descriptor) => Outcome.Of(DataOnly ? Sys.Fdatasync(descriptor) : Sys.Fsync(descriptor));
}

/// <summary>Copies until all is done: one call may copy less than it was asked for, and how much is the file system's affair.</summary>
public sealed record CopyRange(int From, long FromOffset, int To, long ToOffset, long Length) : Operation
{
    public override string Call => $"copy_file_range([{From}], {FromOffset}, [{To}], {ToOffset}, {Length})";

    public override Outcome Run(Lane lane)
    {
        if (!lane.TryDescriptor(From, out var source) || !lane.TryDescriptor(To, out var target))
            return Outcome.Nothing;
        var (read, written) = (FromOffset, ToOffset);
        while (read < FromOffset + Length)
        {
            var copied = Sys.CopyFileRange(source, read, target, written, FromOffset + Length - read);
            if (copied < 0)
                return new Outcome(copied, $"after {read - FromOffset}");
            if (copied == 0)
                break;
            read += copied;
            written += copied;
        }
        return new Outcome(read - FromOffset);
    }
}

/// <summary>O_DIRECT, aligned to pages: what less alignment does differs between file systems by right.</summary>
public sealed record DirectTransfer(string Path, bool Writes, int Pages, long Page) : Operation
{
    private const int PageSize = 4096;

    public override string Call => $"{(Writes ? "write" : "read")} O_DIRECT({Path}, {Pages} pages at {Page})";

    public override Outcome Run(Lane lane)
    {
        var mode = Writes ? OpenFlags.O_WRONLY : OpenFlags.O_RDONLY;
        var descriptor = Sys.Open(lane.Absolute(Path), mode.ToNative() | Abi.O_DIRECT);
        if (descriptor < 0)
            return new Outcome(descriptor);
        var buffer = lane.Buffer[..(Pages * PageSize)];
        try
        {
            if (Sys.Fstat(descriptor, out var status) < 0 || Attributes.TypeOf(status) != NodeType.Regular)
                return new Outcome(0, "not a file");
            if (!Writes)
            {
                var length = Sys.Pread(descriptor, buffer, Page * PageSize);
                return new Outcome(length, length > 0 ? ContentDigest.Of(buffer[..(int)length]) : "");
            }
            Pattern.Fill(buffer, (ulong)Number);
            return new Outcome(Sys.Pwrite(descriptor, buffer, Page * PageSize));
        }
        finally
        {
            Sys.Close(descriptor);
        }
    }
}
