using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Data;

/// <summary>One case: random operations on some files, each checked against the models, and the whole contents at the end.</summary>
public sealed class DataFuzzer : IDisposable
{
    private const int Alignment = 4096;
    private const int LargestTransfer = MappedTransfer.Limit;

    // Enough of the past to see how the bytes at fault came about.
    private const int LoggedOperations = 60;

    private readonly SeededRandom random;
    private readonly ModelledFile[] files;
    private readonly List<Func<ModelledFile, string>> choices = [];
    private readonly string[] log = new string[LoggedOperations];
    private int current;
    private readonly long buffer;

    public DataFuzzer(string folder, ulong seed, int fileCount)
    {
        random = new SeededRandom(seed);
        buffer = Sys.Mmap(LargestTransfer, Abi.PROT_READ | Abi.PROT_WRITE, Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS, -1, 0);
        files = [.. Enumerable.Range(0, fileCount).Select(number => new ModelledFile(Path.Combine(folder, $"file{number}")))];
        Add(10, Read);
        Add(6, ReadMapped);
        Add(10, Write);
        Add(4, Append);
        Add(8, WriteMapped);
        Add(4, Truncate);
        Add(8, Allocate);
        Add(4, CopyRange);
        Add(3, SeekSparse);
        Add(2, Synchronize);
        Add(2, Reopen);
        Add(1, ReadWhole);
        if (Array.TrueForAll(files, file => file.Direct >= 0))
        {
            Add(6, ReadDirect);
            Add(6, WriteDirect);
        }
    }

    /// <summary>False where the file system has no O_DIRECT.</summary>
    public bool TransfersDirectly => files[0].Direct >= 0;

    /// <summary>The last operations, oldest first.</summary>
    public IEnumerable<string> Log =>
        Enumerable.Range(Math.Max(0, current + 1 - LoggedOperations), Math.Min(current + 1, LoggedOperations))
            .Select(number => log[number % LoggedOperations]);

    private Span<byte> Buffer => Sys.Mapped(buffer, LargestTransfer);

    /// <summary>Issues the operations and checks all at the end.</summary>
    /// <param name="operations">How many.</param>
    /// <param name="corruptAt">The operation before which one byte of a model is changed; -1 for none.</param>
    /// <exception cref="DataMismatchException">Where file and model disagree.</exception>
    public void Run(int operations, int corruptAt)
    {
        var corrupts = corruptAt >= 0;
        for (var number = 0; number < operations; number++)
        {
            if (corrupts && number >= corruptAt && random.Pick(files).Model.Corrupt((int)(random.NextBits() >> 40)))
                corrupts = false;
            var file = random.Pick(files);
            current = number;
            ref var entry = ref log[number % LoggedOperations];
            entry = $"#{number} {file.Name}: failed in an operation of a file of {file.Model.Size} bytes";
            entry = $"#{number} {file.Name}: {random.Pick(choices)(file)}; size {file.Model.Size}";
            file.CheckSize();
        }
        foreach (var file in files)
        {
            ReadWhole(file);
            file.Reopen(forgetCache: true);
            file.CheckSize();
            ReadWhole(file);
        }
    }

    public void Dispose()
    {
        foreach (var file in files)
            file.Dispose();
        Sys.Munmap(buffer, LargestTransfer);
    }

    private void Add(int weight, Func<ModelledFile, string> choice) => choices.AddRange(Enumerable.Repeat(choice, weight));

    /// <summary>A range below the limit; often near the end of the file or on page boundaries, where the faults are.</summary>
    private (int Offset, int Length) PickRange(ModelledFile file)
    {
        var offset = random.Below(6) switch
        {
            0 => Math.Max(0, file.Model.Size - random.Below(5000)),
            1 => Alignment * random.Below(ModelledFile.Limit / Alignment),
            _ => random.Below(ModelledFile.Limit),
        };
        offset = Math.Min(offset, ModelledFile.Limit - 1);
        var length = 1 + random.Below(random.Chance(50) ? 5000 : LargestTransfer);
        return (offset, Math.Min(length, Math.Min(LargestTransfer, ModelledFile.Limit - offset)));
    }

    private (int Offset, int Length) PickAlignedRange()
    {
        var offset = Alignment * random.Below(ModelledFile.Limit / Alignment);
        var length = Alignment * (1 + random.Below(LargestTransfer / Alignment));
        return (offset, Math.Min(length, ModelledFile.Limit - offset));
    }

    private Span<byte> NewBytes(int length)
    {
        Pattern.Fill(Buffer[..length], random.NextBits());
        return Buffer[..length];
    }

    private static void RequireAll(ModelledFile file, string call, long written, int length)
    {
        file.Require(call, written);
        if (written != length)
            throw new DataMismatchException($"{file.Name}: {call} took {written} of {length} bytes");
    }

    private string Read(ModelledFile file)
    {
        var (offset, length) = PickRange(file);
        file.CheckRead("read", offset, length, Sys.Pread(file.Buffered, Buffer[..length], offset), Buffer);
        return $"read {length} at {offset}";
    }

    private string ReadDirect(ModelledFile file)
    {
        var (offset, length) = PickAlignedRange();
        file.CheckRead("direct read", offset, length, Sys.Pread(file.Direct, Buffer[..length], offset), Buffer);
        return $"direct read {length} at {offset}";
    }

    /// <summary>Also looks at the rest of the last page past the end of the file, which must read as zeros (mmap(2)).</summary>
    private string ReadMapped(ModelledFile file)
    {
        var (offset, length) = PickRange(file);
        var reach = (file.Model.Size + Alignment - 1) & -Alignment;
        length = Math.Min(length, reach - offset);
        if (length <= 0)
            return "mapped read: nothing there";
        file.Require("mapped read", MappedTransfer.Read(file.Mapped(offset, length), Buffer));
        var expected = file.Model.Expect(offset, length);
        file.CheckBytes("mapped read", offset, expected, Buffer[..expected.Length]);
        if (Buffer[expected.Length..length].IndexOfAnyExcept((byte)0) is >= 0 and var stray)
            throw new DataMismatchException($"{file.Name}: mapped byte {offset + expected.Length + stray} past the end is not zero");
        return $"mapped read {length} at {offset}";
    }

    private string Write(ModelledFile file)
    {
        var (offset, length) = PickRange(file);
        var bytes = NewBytes(length);
        RequireAll(file, "write", Sys.Pwrite(file.Buffered, bytes, offset), length);
        file.Model.Write(offset, bytes);
        return $"write {length} at {offset}";
    }

    private string WriteDirect(ModelledFile file)
    {
        var (offset, length) = PickAlignedRange();
        var bytes = NewBytes(length);
        RequireAll(file, "direct write", Sys.Pwrite(file.Direct, bytes, offset), length);
        file.Model.Write(offset, bytes);
        return $"direct write {length} at {offset}";
    }

    private string Append(ModelledFile file)
    {
        var length = Math.Min(1 + random.Below(8000), ModelledFile.Limit - file.Model.Size);
        var bytes = NewBytes(length);
        RequireAll(file, "append", Sys.Write(file.Appending, bytes), length);
        file.Model.Write(file.Model.Size, bytes);
        return $"append {length}";
    }

    private string WriteMapped(ModelledFile file)
    {
        var (offset, length) = PickRange(file);
        length = Math.Min(length, file.Model.Size - offset);
        if (length <= 0)
            return "mapped write: nothing there";
        var bytes = NewBytes(length);
        RequireAll(file, "mapped write", MappedTransfer.Write(file.Mapped(offset, length), bytes), length);
        file.Model.Write(offset, bytes);
        var synchronizes = random.Chance(30);
        if (synchronizes)
            file.SynchronizeMapping();
        return $"mapped write {length} at {offset}{(synchronizes ? ", msync" : "")}";
    }

    private string Truncate(ModelledFile file)
    {
        var size = random.Chance(10) ? 0 : PickRange(file).Offset;
        file.Require("ftruncate", Sys.Ftruncate(file.Buffered, size));
        file.Model.Truncate(size);
        return $"truncate to {size}";
    }

    private string Allocate(ModelledFile file)
    {
        var (offset, length) = PickRange(file);
        var keepsSize = random.Chance(50);
        var mode = random.Pick([0, Abi.FALLOC_FL_PUNCH_HOLE, Abi.FALLOC_FL_ZERO_RANGE]);
        if (mode == Abi.FALLOC_FL_PUNCH_HOLE)
            keepsSize = true;
        var result = Sys.Fallocate(file.Buffered, mode | (keepsSize ? Abi.FALLOC_FL_KEEP_SIZE : 0), offset, length);
        var what = $"fallocate mode {mode}{(keepsSize ? " KEEP_SIZE" : "")}, {length} at {offset}";
        if (result == -(long)Errno.EOPNOTSUPP)
            return what + ": not supported";
        file.Require(what, result);
        if (mode != 0)
            file.Model.Zero(offset, length, extends: !keepsSize);
        else if (!keepsSize)
            file.Model.Extend(offset, length);
        return what;
    }

    private string CopyRange(ModelledFile file)
    {
        var target = random.Pick(files);
        var (from, length) = PickRange(file);
        var to = PickRange(target).Offset;
        length = Math.Min(Math.Min(length, ModelledFile.Limit - to), file.Model.Size - from);
        // Overlapping ranges of one file are EINVAL: not for the model to decide.
        if (length <= 0 || (target == file && Math.Abs(from - to) < length))
            return "copy_file_range: nothing to copy";
        var bytes = file.Model.Expect(from, length).ToArray();
        var what = $"copy_file_range {length} from {from} to {target.Name} at {to}";
        for (var done = 0; done < length;)
        {
            var copied = file.Require(what, Sys.CopyFileRange(file.Buffered, from + done, target.Buffered, to + done, length - done));
            if (copied == 0)
                throw new DataMismatchException($"{what}: ended after {done}");
            done += (int)copied;
        }
        target.Model.Write(to, bytes);
        target.CheckSize();
        return what;
    }

    /// <summary>Where data and holes are is the file system's choice, but it may not pass over data nor call data a hole.</summary>
    private string SeekSparse(ModelledFile file)
    {
        var offset = PickRange(file).Offset;
        if (offset >= file.Model.Size)
            return "seek: past the end";
        // What a mapping has dirtied and nobody has written back is unknown to a FUSE file system, and the kernel does not
        // write it back before it asks (fs/fuse/file.c, fuse_file_llseek).
        file.Require("fdatasync", Sys.Fdatasync(file.Buffered));
        var data = Sys.Lseek(file.Buffered, offset, Abi.SEEK_DATA);
        if (data != -Abi.ENXIO)
            file.Require("SEEK_DATA", data);
        var passed = (int)(data < 0 ? file.Model.Size - offset : data - offset);
        if (file.Model.Expect(offset, passed).IndexOfAnyExcept((byte)0) is >= 0 and var missed)
            throw new DataMismatchException($"{file.Name}: SEEK_DATA from {offset} says {data} but byte {offset + missed} is data");
        var hole = file.Require("SEEK_HOLE", Sys.Lseek(file.Buffered, offset, Abi.SEEK_HOLE));
        if (hole < offset || hole > file.Model.Size || (hole < file.Model.Size && file.Model.Expect((int)hole, 1)[0] != 0))
            throw new DataMismatchException($"{file.Name}: SEEK_HOLE from {offset} says {hole}, which is no hole");
        return $"seek from {offset}: data {data}, hole {hole}";
    }

    private string Synchronize(ModelledFile file)
    {
        var dataOnly = random.Chance(50);
        file.Require("fsync", dataOnly ? Sys.Fdatasync(file.Buffered) : Sys.Fsync(file.Buffered));
        return dataOnly ? "fdatasync" : "fsync";
    }

    private string Reopen(ModelledFile file)
    {
        var forgets = random.Chance(50);
        file.Reopen(forgets);
        return forgets ? "reopen, cache dropped" : "reopen";
    }

    private string ReadWhole(ModelledFile file)
    {
        for (var offset = 0; offset <= file.Model.Size; offset += LargestTransfer)
            file.CheckRead("whole read", offset, LargestTransfer, Sys.Pread(file.Buffered, Buffer, offset), Buffer);
        return "whole read";
    }
}
