using ByteFuse.Linux;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>
/// A file of allocated blocks beside the database, given up when the disk is full. Without it a full disk could not be
/// emptied: a delete is a commit, a commit is written to the log, and RocksDB, once refused a block, takes no write until
/// it has flushed its buffers. While the reserve is given up, only commits that delete something are admitted; it is taken
/// again as soon as there is room. Used by the holder of the commit token alone.
/// </summary>
internal sealed class SpaceReserve : IDisposable
{
    /// <summary>The file's name in the store's directory.</summary>
    public const string FileName = "reserve";

    /// <summary>
    /// Free bytes at which RocksDB resumes by itself (it waits for one write buffer, SstFileManagerImpl::ClearError), and a
    /// margin; with fewer, waiting for it is pointless.
    /// </summary>
    public const long ResumeBytes = RocksDbTuning.WriteBufferBytes + (1 << 20);

    /// <summary>Free bytes that must be left after taking the reserve again, so that it is not given up at once.</summary>
    public const long HeadroomBytes = 16L << 20;

    // RocksDB looks for space every five seconds after it was refused; three rounds, and then the caller is told.
    private const int MaximumWaitMilliseconds = 16_000;
    private const int RetryMilliseconds = 20;

    private readonly EngineErrors errors;
    private readonly long size;
    private readonly int descriptor;

    private SpaceReserve(int descriptor, long size, EngineErrors errors)
    {
        this.descriptor = descriptor;
        this.size = size;
        this.errors = errors;
    }

    /// <summary>True while the reserve is given up: only commits that delete are admitted.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>True where the reserve is given up and there is room to take it again.</summary>
    public bool CanRestore => IsSpent && FreeBytes >= size + HeadroomBytes;

    private long FreeBytes
    {
        get
        {
            if (FileCalls.GetFileSystemStatus(descriptor, out var status) != Errno.None) return 0;
            // The blocks kept for root count where we are root, as they do for RocksDB.
            var blocks = Environment.IsPrivilegedProcess ? status.FreeBlocks : status.AvailableBlocks;
            return (long)Math.Min(blocks, long.MaxValue / status.FragmentSize) * (long)status.FragmentSize;
        }
    }

    /// <summary>Takes the reserve of a directory, or notes that there is no room for it now.</summary>
    public static SpaceReserve Open(string directory, long size, EngineErrors errors)
    {
        var opened = FileCalls.Open(Path.Combine(directory, FileName), OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.CloseOnExec, 0x180);
        if (!opened.Succeeded)
            errors.Report($"the reserve in {directory} cannot be opened ({opened.Error}): a full disk may then need room made by hand.");
        var reserve = new SpaceReserve(opened.Succeeded ? opened.Value : -1, opened.Succeeded ? size : 0, errors);
        reserve.Restore();
        return reserve;
    }

    /// <summary>Gives up the reserve of a store that is not open: opening may need the room itself.</summary>
    public static void Drop(string directory)
    {
        var opened = FileCalls.Open(Path.Combine(directory, FileName), OpenFlags.WriteOnly | OpenFlags.CloseOnExec);
        if (!opened.Succeeded) return;
        FileCalls.Truncate(opened.Value, 0);
        FileCalls.Close(opened.Value);
    }

    /// <summary>Takes the reserve again; it stays given up where that fails.</summary>
    public void Restore()
    {
        if (size == 0) return;
        var allocated = FileCalls.Truncate(descriptor, size);
        if (allocated.Succeeded) allocated = FileCalls.Allocate(descriptor, 0, 0, size);
        IsSpent = !allocated.Succeeded;
        if (!IsSpent) return;
        FileCalls.Truncate(descriptor, 0);
        // A file system that cannot allocate ahead has no reserve; it then behaves as with size 0.
        if (allocated.Error != Errno.ENOSPC) IsSpent = false;
    }

    /// <summary>
    /// Writes a batch, giving up the reserve and waiting for RocksDB to resume where the disk is full. Blocks; not for reactors.
    /// </summary>
    public EngineStatus Write(CommitBatch batch)
    {
        var status = batch.Write(mayBlock: true);
        if (status != EngineStatus.NoSpace) return status;
        Spend();
        for (var waited = 0; waited < MaximumWaitMilliseconds && FreeBytes >= ResumeBytes; waited += RetryMilliseconds)
        {
            status = batch.Write(mayBlock: true);
            if (status != EngineStatus.NoSpace) return status;
            Thread.Sleep(RetryMilliseconds);
        }
        return status;
    }

    public void Dispose()
    {
        if (descriptor >= 0) FileCalls.Close(descriptor);
    }

    private void Spend()
    {
        if (IsSpent || size == 0) return;
        IsSpent = true;
        FileCalls.Truncate(descriptor, 0);
        errors.Report("the disk is full: the reserve was given up, and only changes that remove something are taken until there is room.");
    }
}
