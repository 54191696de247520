using System.Runtime.InteropServices;
using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>
/// What a connection keeps in memory that outlives the daemon: a keeper process holds the same memfd. It says who the connection
/// is, what INIT agreed on, which data operations have been done, which access times are not committed, and which files are open that
/// the kernel reads and writes by itself. Its layout is a format (docs/keeping.md): a later version reads what an earlier one left.
/// </summary>
public sealed class ConnectionMemory : IDisposable
{
    /// <summary>The latest layout that this version writes; a later one is refused.</summary>
    public const uint CurrentLayout = 3;

    // What has no locks needs no layout that has, which earlier versions would not take over.
    private const uint LayoutWithoutLocks = 2;

    // "BFKEPT" and two zeros.
    private const ulong Magic = 0x5450454B4642;

    private const int HeaderLength = 4096;
    private const int LatestBackingFile = 128;
    private const int DeviceNumber = 136;

    // Where the parts begin; those of a later layout stand behind those of an earlier one.
    private const int DoneWordsStart = HeaderLength;
    private const int AccessTimesStart = DoneWordsStart + DoneWords.Length;
    private const int OpensStart = AccessTimesStart + KeptAccessTimes.Length;
    private const int BackingFilesStart = OpensStart + KeptOpens.Length;
    private static readonly int MappableStart = BackingFilesStart + KeptNumbers.LengthOf(KeptBackingFiles.Maximum);

    // One more than are told apart: who finds so many knows that there were more.
    private static readonly int LocksStart = MappableStart + KeptNumbers.LengthOf(MappableFiles.Maximum + 1);

    private readonly KeptBlock block;

    private ConnectionMemory(KeptBlock block)
    {
        this.block = block;
        Done = new DoneWords(block.Slice.Slice(DoneWordsStart, DoneWords.Length));
        AccessTimes = new KeptAccessTimes(block.Slice.Slice(AccessTimesStart, KeptAccessTimes.Length));
        if (Header.Layout < 2) return;
        Opens = new KeptOpens(block.Slice.Slice(OpensStart, KeptOpens.Length));
        Mappable = new KeptNumbers(block.Slice.Slice(MappableStart, LocksStart - MappableStart), MappableFiles.Maximum + 1);
        if (Header.Layout < 3) return;
        Locks = new KeptLocks(block.Slice.Slice(LocksStart, KeptLocks.Length));
    }

    /// <summary>The memfd, to be given to the keeper.</summary>
    public int Descriptor => block.Descriptor;

    /// <summary>The connection whose memory it is.</summary>
    public UInt128 ConnectionId => Header.ConnectionId;

    /// <summary>The session of the volume in which the connection lives.</summary>
    public ulong Session => Header.Session;

    /// <summary>True once INIT has been agreed on: before, there is no connection that a successor could serve.</summary>
    public bool IsAgreed => Volatile.Read(ref Header.Agreed) != 0;

    /// <summary>What INIT was answered with.</summary>
    public InitAgreement Agreement => new(InitOutcome.Accepted, Header.Init);

    /// <summary>How often the connection has been taken over.</summary>
    public ulong Generation => Header.Generation;

    /// <summary>
    /// The part of the duplicate-request records, and of the done-words, that this generation writes. Those of its predecessors
    /// stay as they are until the kernel has sent all that it had asked of them.
    /// </summary>
    internal uint Area => Header.Area;

    internal DoneWords Done { get; }

    internal KeptAccessTimes AccessTimes { get; }

    /// <summary>The files that are open; null in a layout that has none, whose connection has no passthrough.</summary>
    internal KeptOpens? Opens { get; }

    /// <summary>Those that a dead daemon left.</summary>
    internal IReadOnlyList<KeptOpen> OpensLeft { get; private set; } = [];

    /// <summary>The inodes of <see cref="MappableFiles"/>; null as <see cref="Opens"/>.</summary>
    internal KeptNumbers? Mappable { get; }

    /// <summary>The locks that are held; null in a layout that has none, whose connection leaves them to the kernel.</summary>
    internal KeptLocks? Locks { get; }

    private ref HeaderLayout Header => ref MemoryMarshal.AsRef<HeaderLayout>(block.Slice.Span);

    /// <summary>Makes the memory of a new connection.</summary>
    /// <param name="connectionId">Its identity.</param>
    /// <param name="locks">Who keeps its locks.</param>
    /// <param name="memory">The memory.</param>
    public static Errno TryCreate(UInt128 connectionId, LockKeeper locks, out ConnectionMemory? memory)
    {
        memory = null;
        var layout = locks == LockKeeper.Kernel ? LayoutWithoutLocks : CurrentLayout;
        var error = KeptBlock.TryCreate("bytefuse-connection", LengthOf(layout), out var block);
        if (block is null) return error;
        MemoryMarshal.AsRef<HeaderLayout>(block.Slice.Span) =
            new HeaderLayout { Magic = Magic, Layout = layout, ConnectionId = connectionId, AreasInUse = 1 };
        memory = new ConnectionMemory(block);
        return Errno.None;
    }

    /// <summary>
    /// Takes over what an earlier daemon left behind a descriptor, which is the memory's where this succeeds. EPROTO: a later version
    /// made it. EINVAL: it is none.
    /// </summary>
    public static Errno TryTakeOver(int descriptor, out ConnectionMemory? memory)
    {
        memory = null;
        var error = KeptBlock.TryOpen(descriptor, out var block);
        if (block is null) return error;
        error = Check(block.Slice);
        if (error != Errno.None)
        {
            // The descriptor stays the caller's.
            block.Unmap();
            return error;
        }
        memory = new ConnectionMemory(block);
        memory.BeginGeneration();
        return Errno.None;
    }

    /// <summary>
    /// Whether the kernel takes files to read and write them by itself: None where it does, otherwise what it refuses them with. Null
    /// before that is known.
    /// </summary>
    public Errno? BackingRefusal
    {
        get => Volatile.Read(ref Header.Backing) is var settled and not 0 ? (Errno)(settled - 1) : null;
        set => Volatile.Write(ref Header.Backing, (uint)value!.Value + 1);
    }

    /// <summary>
    /// Whether requests come through io_uring: None where they do, otherwise why not. Null before that is settled, and where it was not
    /// asked for.
    /// </summary>
    public Errno? UringRefusal
    {
        get => Volatile.Read(ref Header.Uring) is var settled and not 0 ? (Errno)(settled - 1) : null;
        set => Volatile.Write(ref Header.Uring, (uint)value!.Value + 1);
    }

    /// <summary>The device number of the mount, as stat(2) has it; 0 before it is known.</summary>
    public ulong Device
    {
        get => Volatile.Read(ref MemoryMarshal.AsRef<ulong>(block.Slice.Span[DeviceNumber..]));
        set => Volatile.Write(ref MemoryMarshal.AsRef<ulong>(block.Slice.Span[DeviceNumber..]), value);
    }

    /// <summary>Has the files that the kernel is given noted; null in a layout that has no room for it.</summary>
    internal KeptBackingFiles? KeepBackingFiles(IBackingFiles kernel) => Opens is null
        ? null
        : new KeptBackingFiles(
            kernel, new KeptNumbers(block.Slice.Slice(BackingFilesStart, KeptNumbers.LengthOf(KeptBackingFiles.Maximum)), KeptBackingFiles.Maximum),
            block.Slice.Slice(LatestBackingFile, sizeof(long)));

    /// <summary>Unmaps it and closes the descriptor; what the keeper has of it stays.</summary>
    public void Dispose() => block.Dispose();

    /// <summary>The volume's session, of which the connection is a part from now on.</summary>
    internal void Join(ulong session) => Header.Session = session;

    /// <summary>What INIT is about to be answered with: before the answer, as the kernel may ask at once.</summary>
    internal void Agree(in InitOut reply)
    {
        Header.Init = reply;
        Volatile.Write(ref Header.Agreed, 1);
    }

    /// <summary>Nobody sends any more what the predecessors were asked: their areas are free.</summary>
    internal void EndInheritance()
    {
        for (var area = 0u; area < DoneWords.Areas; area++)
        {
            if (area != Header.Area) Done.Clear(area);
        }
        Volatile.Write(ref Header.AreasInUse, 1u << (int)Header.Area);
    }

    private static int LengthOf(uint layout) => layout switch
    {
        < 2 => OpensStart,
        2 => LocksStart,
        _ => LocksStart + KeptLocks.Length,
    };

    private static Errno Check(NativeSlice memory)
    {
        if (memory.Length < HeaderLength) return Errno.EINVAL;
        ref readonly var header = ref MemoryMarshal.AsRef<HeaderLayout>(memory.Span);
        if (header.Magic != Magic) return Errno.EINVAL;
        if (header.Layout > CurrentLayout) return Errno.EPROTO;
        return memory.Length >= LengthOf(header.Layout) && header.Area < DoneWords.Areas ? Errno.None : Errno.EINVAL;
    }

    private void BeginGeneration()
    {
        Header.Generation++;
        // After so many deaths in a row, none of whose successors got through what it inherited, the oldest area goes.
        var free = ~Header.AreasInUse & ((1u << DoneWords.Areas) - 1);
        var area = free != 0 ? (uint)System.Numerics.BitOperations.TrailingZeroCount(free) : (Header.Area + 1) % DoneWords.Areas;
        Done.Clear(area);
        Header.AreasInUse |= 1u << (int)area;
        Header.Area = area;
        OpensLeft = Opens?.ReadLeft() ?? [];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct HeaderLayout
    {
        public ulong Magic;
        public uint Layout;
        public uint Area;
        public UInt128 ConnectionId;
        public ulong Session;
        public ulong Generation;
        public uint AreasInUse;
        public uint Agreed;
        public uint Backing;
        public uint Uring;
        public InitOut Init;
    }
}
