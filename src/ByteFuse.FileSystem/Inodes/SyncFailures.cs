using ByteFuse.Linux;

namespace ByteFuse.FileSystem;

/// <summary>
/// Bytes that could not be written back. Each open of a file is to be told once, by its own sync (errseq_t in lib/errseq.c), but
/// the store has one descriptor for all opens of a file: the file system below tells the first sync, and no other. Kept until
/// the file is closed. Bounded by the files that are open while a disk fails, and by their opens.
/// </summary>
internal sealed class SyncFailures
{
    private readonly Dictionary<ulong, Failure> failures = [];
    private int count;

    /// <summary>What an open is told whose sync of the store ended with <paramref name="error"/>.</summary>
    /// <param name="inode">The file.</param>
    /// <param name="handle">The open.</param>
    /// <param name="lastHandle">The latest handle that was given out: later opens have nothing to do with it.</param>
    /// <param name="error">None where the store has nothing to tell now.</param>
    public Errno Report(ulong inode, ulong handle, ulong lastHandle, Errno error)
    {
        if (error == Errno.None && Volatile.Read(ref count) == 0) return Errno.None;
        // Others mean that there was no sync: the next one still meets what the kernel keeps.
        if (error is not (Errno.None or Errno.EIO or Errno.ENOSPC or Errno.EDQUOT)) return error;
        lock (failures)
        {
            if (error != Errno.None)
            {
                failures[inode] = new Failure(error, lastHandle, [handle]);
                Volatile.Write(ref count, failures.Count);
                return error;
            }
            var owed = failures.TryGetValue(inode, out var failure) && handle <= failure.LastHandle && failure.Told.Add(handle);
            return owed ? failure.Error : Errno.None;
        }
    }

    /// <summary>The file is not open any more.</summary>
    public void Forget(ulong inode)
    {
        if (Volatile.Read(ref count) == 0) return;
        lock (failures)
        {
            failures.Remove(inode);
            Volatile.Write(ref count, failures.Count);
        }
    }

    /// <summary>The latest failure of a file, the last open that it concerns, and those that have been told.</summary>
    private readonly record struct Failure(Errno Error, ulong LastHandle, HashSet<ulong> Told);
}
