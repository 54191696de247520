using System.Buffers.Binary;
using ByteFuse.Linux;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>A store whose parts are open, with what an earlier process left in the commit log applied.</summary>
internal readonly record struct StoreOpening(RocksDbDatabase Database, CommitLog Log, SpaceReserve Reserve, ulong Epoch)
{
    /// <summary>Opens the parts of a store; throws <see cref="MetadataOpenException"/>. Blocks.</summary>
    public static StoreOpening Run(string directory, RocksDbOptions options)
    {
        RocksDbDatabase database;
        try
        {
            database = RocksDbOpening.Open(directory, options);
        }
        catch (DllNotFoundException exception)
        {
            throw new MetadataOpenException(MetadataOpenFailure.LibraryMissing, exception.Message, exception);
        }
        var reserve = SpaceReserve.Open(directory, options.ReserveBytes, database.Errors);
        CommitLog? log = null;
        try
        {
            log = OpenLog(directory);
            var epoch = Begin(directory, database, log, reserve);
            return new StoreOpening(database, log, reserve, epoch);
        }
        catch (MetadataOpenException)
        {
            log?.Dispose();
            reserve.Dispose();
            database.Dispose();
            throw;
        }
    }

    /// <summary>The first inode number not handed out; <see cref="ulong.MaxValue"/> where the store does not say.</summary>
    public static ulong NextInode(RocksDbDatabase database)
    {
        var status = database.Get(Keys.InodeAllocator.Span, mayBlock: true, out var pinned, out _, out var value);
        if (status != EngineStatus.Ok || pinned == 0) return ulong.MaxValue;
        var next = value.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(value) : ulong.MaxValue;
        RocksDbDatabase.Release(pinned);
        return next;
    }

    private static CommitLog OpenLog(string directory)
    {
        var error = CommitLog.TryOpen(directory, out var log);
        if (log is not null) return log;
        var status = error == Errno.ENOSPC ? EngineStatus.NoSpace : EngineStatus.Failed;
        throw RocksDbOpening.Failure(directory, status, $"{CommitLog.FileName}: {error}.");
    }

    private static ulong Begin(string directory, RocksDbDatabase database, CommitLog log, SpaceReserve reserve)
    {
        var status = EngineRecord.TryRead(database, out var epoch, out var drained, out var known);
        if (status == EngineStatus.Corruption && log.LeftEpoch() != 0)
        {
            // Its block is damaged, and must not take the intact ones with it. What the engine has of the log is not known,
            // and nothing after an orderly end: so nothing of it is applied.
            database.Errors.Report("the engine's own record is damaged: what a killed daemon may have left in the commit log is not applied.");
            (status, epoch, drained) = (EngineStatus.Ok, log.LeftEpoch(), ulong.MaxValue);
        }
        if (status != EngineStatus.Ok) throw RocksDbOpening.Failure(directory, status, "its own record cannot be read.");
        if (!known) throw new MetadataOpenException(MetadataOpenFailure.Newer, $"A later version wrote the metadata store in {directory}.");
        status = CommitDrain.Recover(database, log, reserve, ref drained);
        if (status == EngineStatus.Ok) status = EngineRecord.Write(database, reserve, epoch + 1);
        if (status != EngineStatus.Ok) throw RocksDbOpening.Failure(directory, status, "its log cannot be written.");
        // A power cut takes nothing of the epoch after this: no version is given out twice. And the engine starts its threads at the
        // first flush: here, on an unpinned thread, rather than on a reactor whose CPU they would share for good. A failure shows in the
        // log, and again at the next write.
        database.Flush();
        return epoch + 1;
    }
}
