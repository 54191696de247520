using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Data;

/// <summary>A real file, open in every way that matters (buffered, O_DIRECT, O_APPEND, mapped), beside its model.</summary>
public sealed class ModelledFile : IDisposable
{
    /// <summary>Largest size in bytes: small enough that operations overlap, some dozen pages and more than one read-ahead window.</summary>
    public const int Limit = 256 * 1024;

    private const int FadviseDontNeed = 4;

    private readonly string path;
    private long mapping;

    /// <summary>Creates the file, empty.</summary>
    public ModelledFile(string path)
    {
        this.path = path;
        Sys.Close(Require("create", Sys.Open(path, Abi.O_RDWR | Abi.O_CREAT | Abi.O_EXCL | Abi.O_CLOEXEC, 0x180)));
        Open();
    }

    public string Name => Path.GetFileName(path);

    public FileModel Model { get; } = new(Limit);

    /// <summary>Open for reading and writing through the page cache.</summary>
    public long Buffered { get; private set; }

    /// <summary>Open with O_DIRECT; negative where the file system knows no such thing.</summary>
    public long Direct { get; private set; }

    /// <summary>Open with O_APPEND.</summary>
    public long Appending { get; private set; }

    /// <summary>The mapped bytes of a range, writable; past the size they cannot be touched.</summary>
    public Span<byte> Mapped(int offset, int length) => Sys.Mapped(mapping + offset, length);

    /// <summary>Writes dirty mapped pages back.</summary>
    public void SynchronizeMapping() => Require("msync", Sys.Msync(mapping, Limit, Abi.MS_SYNC));

    /// <summary>Closes everything, asks the kernel to forget what it cached, and opens again.</summary>
    public void Reopen(bool forgetCache)
    {
        if (forgetCache)
        {
            Require("fsync", Sys.Fsync(Buffered));
            Require("fadvise", Sys.Fadvise(Buffered, 0, 0, FadviseDontNeed));
        }
        Close();
        Open();
    }

    /// <summary>Compares the size that the file system tells with the model's.</summary>
    public void CheckSize()
    {
        Require("fstat", Sys.Fstat(Buffered, out var status));
        if (status.Size != Model.Size)
            throw new DataMismatchException($"{Name}: size {status.Size}, expected {Model.Size}");
    }

    /// <summary>Compares what a read gave with the model.</summary>
    public void CheckRead(string how, int offset, int asked, long got, ReadOnlySpan<byte> bytes)
    {
        Require($"{how} of {asked} at {offset}", got);
        var expected = Model.Expect(offset, asked);
        if (got != expected.Length)
            throw new DataMismatchException($"{Name}: {how} of {asked} at {offset} gave {got} bytes, expected {expected.Length}");
        CheckBytes(how, offset, expected, bytes[..expected.Length]);
    }

    /// <summary>Compares bytes; says where and how far they differ.</summary>
    public void CheckBytes(string how, int offset, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> got)
    {
        var first = expected.CommonPrefixLength(got);
        if (first == expected.Length)
            return;
        var last = expected.Length - 1;
        while (expected[last] == got[last])
            last--;
        throw new DataMismatchException(
            $"{Name}: {how} at {offset}: bytes {offset + first} to {offset + last} differ: expected "
            + $"{Convert.ToHexString(expected.Slice(first, Math.Min(16, last - first + 1)))}, got "
            + $"{Convert.ToHexString(got.Slice(first, Math.Min(16, last - first + 1)))}");
    }

    /// <summary>A failed call that must not fail ends the case.</summary>
    public long Require(string call, long result) =>
        result >= 0 ? result : throw new DataMismatchException($"{Path.GetFileName(path)}: {call}: {Abi.ErrnoName(result)}");

    public void Dispose() => Close();

    private void Open()
    {
        Buffered = Require("open", Sys.Open(path, Abi.O_RDWR | Abi.O_CLOEXEC));
        Direct = Sys.Open(path, Abi.O_RDWR | Abi.O_DIRECT | Abi.O_CLOEXEC);
        if (Direct < 0 && Direct != -Abi.EINVAL)
            Require("open O_DIRECT", Direct);
        Appending = Require("open O_APPEND", Sys.Open(path, Abi.O_WRONLY | Abi.O_APPEND | Abi.O_CLOEXEC));
        mapping = Require("mmap", Sys.Mmap(Limit, Abi.PROT_READ | Abi.PROT_WRITE, Abi.MAP_SHARED, Buffered, 0));
    }

    private void Close()
    {
        Sys.Munmap(mapping, Limit);
        Sys.Close(Buffered);
        Sys.Close(Appending);
        if (Direct >= 0)
            Sys.Close(Direct);
    }
}
