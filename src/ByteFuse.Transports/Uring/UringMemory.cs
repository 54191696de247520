using System.Runtime.InteropServices;
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
    /// Bytes of an entry's header block: fuse_uring_req_header (288), what a successor needs to know of it
    /// (<see cref="KeptEntry"/>), the two iovecs of REGISTER (32), and of a spare one its queue. A format, as the kernel keeps the
    /// addresses (docs/keeping.md).
    /// </summary>
    private const int HeaderBlock = 704;
    private const int VectorsOffset = KeptEntry.Offset + KeptEntry.Length;
    private const int VectorsLength = 32;
    private const int QueueOffset = VectorsOffset + VectorsLength;

    // Of an entry's payload there before the kernel first copies a request to it: names, and the arguments of most others.
    private const int ResidentPayload = 8192;

    // Of a huge page.
    private const long Alignment = 2 << 20;

    /// <summary>
    /// Addresses tried: far from where Linux puts programs, heaps and mappings (at the two ends of the 47 bits), and far
    /// enough from each other for the largest region.
    /// </summary>
    private const long FirstAddress = 0x2000_0000_0000;
    private const long AddressStep = 0x0080_0000_0000;

    // One for each mount of a process: up to where position-independent programs begin.
    private const int AddressCandidates = 96;

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

    /// <summary>The file, for a keeper.</summary>
    public int Descriptor => file;

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
        var length = LengthOf(plan);
        var file = SharedMemory.CreateFile("bytefuse-entries");
        if (!file.Succeeded) return file.Error;
        var address = (nint)0;
        var error = FileCalls.Truncate(file.Value, length).Error;
        if (error == Errno.None) error = Map(length, file.Value, out address);
        if (error == Errno.None) memory = new UringMemory(plan, address, length, file.Value);
        else FileCalls.Close(file.Value);
        return error;
    }

    /// <summary>
    /// Maps what a daemon that died left, at the address at which the kernel knows it; the descriptor is the memory's where this
    /// succeeds. EEXIST: something else is there. EINVAL: it does not fit the plan.
    /// </summary>
    public static Errno TryTakeOver(UringPlan plan, nint address, int file, out UringMemory? memory)
    {
        memory = null;
        var length = LengthOf(plan);
        var error = FileCalls.GetStatus(file, out var status);
        if (error == Errno.None && status.Size != length) error = Errno.EINVAL;
        if (error == Errno.None) error = MapAt(address, length, file, out address);
        if (error == Errno.None) memory = new UringMemory(plan, address, length, file);
        return error;
    }

    /// <summary>
    /// Has the pages there that the kernel copies every request to: one whose server is killed while a page is faulted in is ended
    /// with an error. What moves data gets the rest of its payload by <see cref="UseHugePages"/>. Refused where memory is short: the
    /// pages then come one by one.
    /// </summary>
    public void BecomeResident()
    {
        SharedMemory.Advise(Address, (long)Plan.Queues * Plan.Depth * HeaderBlock, SharedMemory.AdvisePopulateWrite);
        for (var entry = 0; entry < Plan.Queues * Plan.Depth; entry++) HavePayload(entry);
    }

    /// <summary>As <see cref="BecomeResident()"/>, for a spare entry.</summary>
    internal void BecomeResident(int entry)
    {
        // Whole pages: a header block may lie on two.
        var start = Header(entry).Address / Environment.SystemPageSize * Environment.SystemPageSize;
        SharedMemory.Advise((nint)start, Header(entry).Address + HeaderBlock - start, SharedMemory.AdvisePopulateWrite);
        HavePayload(entry);
    }

    /// <summary>The queue that took a spare entry, plus 1; 0 for none.</summary>
    internal ref uint QueueOf(int entry) => ref MemoryMarshal.AsRef<uint>(Part((long)entry * HeaderBlock + QueueOffset, sizeof(uint)).Span);

    /// <summary>The header area of an entry, as the kernel knows it.</summary>
    internal NativeSlice Header(int entry) => Part((long)entry * HeaderBlock, UringHeaderLayout.Length);

    /// <summary>What a successor needs to know of an entry.</summary>
    internal NativeSlice Kept(int entry) => Part((long)entry * HeaderBlock + KeptEntry.Offset, KeptEntry.Length);

    /// <summary>Room for the two iovecs of an entry's REGISTER.</summary>
    internal NativeSlice Vectors(int entry) => Part((long)entry * HeaderBlock + VectorsOffset, VectorsLength);

    /// <summary>The payload of an entry; begins on a page.</summary>
    internal NativeSlice Payload(int entry) => Part(payloads + (long)entry * Plan.PayloadLength, Plan.PayloadLength);

    /// <summary>
    /// Makes huge pages of those that hold a part of the region: the kernel then looks one page up where it looked up 512. Blocks.
    /// Whatever /sys/kernel/mm/transparent_hugepage says of files in memory, but for "deny"; where it is refused or memory is
    /// short, the small pages stay.
    /// </summary>
    internal IoResult UseHugePages(NativeSlice part)
    {
        // Of nothing no huge page is made (EINVAL): a page that is read is there. Read, as others may be writing to it.
        _ = Volatile.Read(ref part.Span[0]);
        var start = part.Address / Alignment * Alignment;
        return SharedMemory.Advise((nint)start, Align(part.Address + part.Length - start), SharedMemory.AdviseCollapse);
    }

    /// <summary>Unmaps the region, after the reactors have stopped.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        SharedMemory.Unmap(Address, Length);
        FileCalls.Close(file);
    }

    private void HavePayload(int entry) =>
        SharedMemory.Advise(Payload(entry).Address, Math.Min(ResidentPayload, Plan.PayloadLength), SharedMemory.AdvisePopulateWrite);

    private static long LengthOf(UringPlan plan) => Align(PayloadsStart(plan) + (long)Entries(plan) * plan.PayloadLength);

    private static long Align(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private static int Entries(UringPlan plan) => plan.Queues * plan.Depth + UringLimits.MaximumSpares;

    private static long PayloadsStart(UringPlan plan) => Align((long)Entries(plan) * HeaderBlock);

    private static Errno Map(long length, int file, out nint address)
    {
        var error = Errno.EEXIST;
        address = 0;
        for (var i = 0; i < AddressCandidates && error == Errno.EEXIST; i++)
            error = MapAt((nint)(FirstAddress + i * AddressStep), length, file, out address);
        return error;
    }

    private static Errno MapAt(nint wanted, long length, int file, out nint address)
    {
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        const int flags = SharedMemory.MapShared | SharedMemory.MapFixedNoReplace;
        var error = SharedMemory.Map(wanted, length, protection, flags, file, 0, out address);
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
