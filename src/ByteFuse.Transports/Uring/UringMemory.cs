using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.Transports.Uring;

/// <summary>
/// What the kernel and this process share of a mount's entries: one file in memory, mapped at an address that a successor
/// can map it at too, as the kernel keeps the addresses of entries for as long as the connection lives. First the header
/// blocks of all entries, then their payloads. Pages are there once they have been touched.
/// </summary>
public sealed class UringMemory : IDisposable
{
    /// <summary>
    /// Bytes of an entry's header block: fuse_uring_req_header (288), the id of the latest commit (8), and the two iovecs of
    /// REGISTER (32).
    /// </summary>
    private const int HeaderBlock = 512;
    private const int LastCommitOffset = UringHeaderLayout.Length;
    private const int VectorsOffset = 320;
    private const int VectorsLength = 32;

    private const long Alignment = 2 << 20;

    /// <summary>
    /// Addresses tried: far from where Linux puts programs, heaps and mappings (at the two ends of the 47 bits), and far
    /// enough from each other for the largest region.
    /// </summary>
    private const long FirstAddress = 0x2000_0000_0000;
    private const long AddressStep = 0x0200_0000_0000;
    private const int AddressCandidates = 8;

    private readonly long payloads;
    private readonly int file;
    private bool disposed;

    private UringMemory(UringPlan plan, nint address, long length, int file)
    {
        Plan = plan;
        Address = address;
        Length = length;
        payloads = PayloadsStart(plan);
        this.file = file;
    }

    /// <summary>What it was made for.</summary>
    public UringPlan Plan { get; }

    /// <summary>Where it is mapped.</summary>
    public nint Address { get; }

    /// <summary>Bytes of address space.</summary>
    public long Length { get; }

    /// <summary>Makes and maps the region for the entries of a plan and <see cref="UringLimits.MaximumSpares"/> more.</summary>
    public static Errno TryCreate(UringPlan plan, out UringMemory? memory)
    {
        memory = null;
        var length = Align(PayloadsStart(plan) + (long)Entries(plan) * plan.PayloadLength);
        var file = SharedMemory.CreateFile("bytefuse-entries");
        if (!file.Succeeded) return file.Error;
        var address = (nint)0;
        var error = FileCalls.Truncate(file.Value, length).Error;
        if (error == Errno.None) error = Map(length, file.Value, out address);
        if (error == Errno.None) memory = new UringMemory(plan, address, length, file.Value);
        else FileCalls.Close(file.Value);
        return error;
    }

    /// <summary>The header area of an entry, as the kernel knows it.</summary>
    internal NativeSlice Header(int entry) => Part((long)entry * HeaderBlock, UringHeaderLayout.Length);

    /// <summary>
    /// Where the id of the latest commit of an entry is kept: the successor of a killed daemon takes an entry whose header
    /// names another one for unanswered.
    /// </summary>
    internal NativeSlice LastCommit(int entry) => Part((long)entry * HeaderBlock + LastCommitOffset, sizeof(ulong));

    /// <summary>Room for the two iovecs of an entry's REGISTER.</summary>
    internal NativeSlice Vectors(int entry) => Part((long)entry * HeaderBlock + VectorsOffset, VectorsLength);

    /// <summary>The payload of an entry; begins on a page.</summary>
    internal NativeSlice Payload(int entry) => Part(payloads + (long)entry * Plan.PayloadLength, Plan.PayloadLength);

    /// <summary>Unmaps the region, after the reactors have stopped.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        SharedMemory.Unmap(Address, Length);
        FileCalls.Close(file);
    }

    private static long Align(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static int Entries(UringPlan plan) => plan.Queues * plan.Depth + UringLimits.MaximumSpares;

    private static long PayloadsStart(UringPlan plan) => Align((long)Entries(plan) * HeaderBlock);

    private static Errno Map(long length, int file, out nint address)
    {
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        const int flags = SharedMemory.MapShared | SharedMemory.MapFixedNoReplace;
        var error = Errno.EEXIST;
        address = 0;
        for (var i = 0; i < AddressCandidates && error == Errno.EEXIST; i++)
            error = SharedMemory.Map((nint)(FirstAddress + i * AddressStep), length, protection, flags, file, 0, out address);
        // Contents of files do not belong into core dumps.
        if (error == Errno.None) SharedMemory.Advise(address, length, SharedMemory.AdviseDontDump);
        return error;
    }

    private NativeSlice Part(long start, int length)
    {
        if (start < 0 || start > Length - length) throw new ArgumentOutOfRangeException(nameof(start));
        return new NativeSlice(Address + (nint)start, length);
    }
}
