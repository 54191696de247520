using ByteFuse.Linux;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// A file of allocated blocks beside the database, given up when the disk is nearly full. Without it a full disk could not
/// be emptied: a delete is a commit, and a commit needs log and table space. Free space is asked for before every write, so
/// that RocksDB is not refused a block: once its log was, it takes no write before it has flushed everything (it looks for
/// space every five seconds), and a library built with assertions, as Debian's is, ends the process (WritableFileWriter).
/// A log's blocks are allocated when it is begun, so between two logs a full disk does not matter.
/// While the reserve is given up, commits that delete nothing are admitted only where something has been removed since
/// (<see cref="AdmitsGrowth"/>); it is taken again once there is room.
/// Used by one thread at a time (<see cref="CommitDrain"/>); whether it is spent and admits growth may be asked by all.
/// </summary>
internal sealed class SpaceReserve : IDisposable
{
    /// <summary>The file's name in the store's directory.</summary>
    public const string FileName = "reserve";

    /// <summary>
    /// Free bytes below which the reserve is given up: room for the next log and for tables of all write buffers, twice,
    /// as others take space in the meantime.
    /// </summary>
    public const long LowBytes = 2L * RocksDbTuning.WriteBuffers * RocksDbTuning.WriteBufferBytes;

    /// <summary>Free bytes that must be left after taking the reserve again, so that it is not given up at once.</summary>
    public const long HeadroomBytes = LowBytes + (16L << 20);

    // RocksDB resumes by itself once a write buffer's size is free (SstFileManagerImpl::ClearError); with less, waiting is
    // pointless. It looks every five seconds: three rounds, and then the caller is told.
    private const long ResumeBytes = RocksDbTuning.WriteBufferBytes + (1 << 20);
    private const int MaximumWaitMilliseconds = 16_000;
    private const int RetryMilliseconds = 20;

    private readonly EngineErrors errors;
    private readonly long size;
    private readonly int descriptor;

    // Asked by who admits commits.
    private volatile bool spent;
    private long leastFree;

    private SpaceReserve(int descriptor, long size, EngineErrors errors)
    {
        this.descriptor = descriptor;
        this.size = size;
        this.errors = errors;
    }

    /// <summary>True while the reserve is given up.</summary>
    public bool IsSpent
    {
        get => spent;
        private set => spent = value;
    }

    /// <summary>
    /// True where commits that delete nothing are admitted: the reserve is there, or there is more room than at the worst
    /// moment since it was given up, which then somebody has made. So who removes a file on a full disk can write another one,
    /// and what the reserve left is not used up by it. Every removal of bytes comes after a sync, which looks at the space first.
    /// </summary>
    public bool AdmitsGrowth
    {
        get
        {
            if (!IsSpent) return true;
            var free = FreeBytes;
            return free > NoteFree(free);
        }
    }

    /// <summary>True where the reserve has to be given up or can be taken again: <see cref="Adjust"/> is to be called.</summary>
    public bool NeedsAdjusting
    {
        get
        {
            if (size == 0) return false;
            var free = FreeBytes;
            if (!IsSpent) return free < LowBytes;
            NoteFree(free);
            return free >= size + HeadroomBytes;
        }
    }

    private long FreeBytes => Free(descriptor);

    /// <summary>Takes the reserve of a directory, or notes that there is no room for it now.</summary>
    public static SpaceReserve Open(string directory, long size, EngineErrors errors)
    {
        var opened = FileCalls.Open(Path.Combine(directory, FileName), OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.CloseOnExec, 0x180);
        if (!opened.Succeeded)
            errors.Report($"the reserve in {directory} cannot be opened ({opened.Error}): a full disk may then need room made by hand.");
        var reserve = new SpaceReserve(opened.Succeeded ? opened.Value : -1, opened.Succeeded ? size : 0, errors);
        if (!reserve.IsAllocated) reserve.BeginSpent();
        if (reserve.NeedsAdjusting) reserve.Adjust();
        return reserve;
    }

    /// <summary>
    /// Before a store is opened: gives up its reserve where space is short, as opening writes the replayed logs into a table.
    /// </summary>
    public static void MakeRoom(string directory)
    {
        var opened = FileCalls.Open(Path.Combine(directory, FileName), OpenFlags.WriteOnly | OpenFlags.CloseOnExec);
        if (!opened.Succeeded) return;
        if (Free(opened.Value) < LowBytes) FileCalls.Truncate(opened.Value, 0);
        FileCalls.Close(opened.Value);
    }

    /// <summary>Gives the reserve up or takes it again, as space demands. Blocks; not for reactors.</summary>
    public void Adjust()
    {
        if (!IsSpent)
        {
            Spend();
            return;
        }
        var allocated = FileCalls.Allocate(descriptor, 0, 0, size);
        IsSpent = !allocated.Succeeded;
        if (IsSpent) FileCalls.Truncate(descriptor, 0);
        // A file system that cannot allocate ahead has no reserve, and no use for the state without one.
        if (IsSpent && allocated.Error != Errno.ENOSPC) IsSpent = false;
    }

    /// <summary>
    /// Writes a batch; where RocksDB was refused space all the same, waits for it to resume. Blocks; not for reactors.
    /// </summary>
    public EngineStatus Write(RocksDbDatabase database, nint batch)
    {
        var status = database.Write(batch, mayBlock: true);
        if (status != EngineStatus.NoSpace) return status;
        Spend();
        for (var waited = 0; waited < MaximumWaitMilliseconds && FreeBytes >= ResumeBytes; waited += RetryMilliseconds)
        {
            status = database.Write(batch, mayBlock: true);
            if (status != EngineStatus.NoSpace) return status;
            Thread.Sleep(RetryMilliseconds);
        }
        return status;
    }

    public void Dispose()
    {
        if (descriptor >= 0) FileCalls.Close(descriptor);
    }

    private bool IsAllocated =>
        size == 0 || (FileCalls.GetStatus(descriptor, out var status) == Errno.None && (long)status.Blocks512 * 512 >= size);

    private static long Free(int descriptor)
    {
        if (FileCalls.GetFileSystemStatus(descriptor, out var status) != Errno.None) return 0;
        // The blocks kept for root count where we are root, as they do for RocksDB.
        var blocks = Environment.IsPrivilegedProcess ? status.FreeBlocks : status.AvailableBlocks;
        return (long)Math.Min(blocks, long.MaxValue / status.FragmentSize) * (long)status.FragmentSize;
    }

    // The least of what was free since the reserve was given up, this moment included; but what the engine needs is for nobody else.
    private long NoteFree(long free)
    {
        var least = Math.Max(LowBytes, Math.Min(free, Volatile.Read(ref leastFree)));
        Volatile.Write(ref leastFree, least);
        return least;
    }

    private void BeginSpent()
    {
        Volatile.Write(ref leastFree, long.MaxValue);
        IsSpent = true;
    }

    private void Spend()
    {
        if (IsSpent || size == 0) return;
        FileCalls.Truncate(descriptor, 0);
        BeginSpent();
        NoteFree(FreeBytes);
        errors.Report("the disk is full: the reserve was given up, and only changes that remove something are taken until there is room.");
    }
}
