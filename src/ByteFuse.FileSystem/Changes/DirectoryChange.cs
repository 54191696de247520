using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>What a change of names does to the directory that holds them.</summary>
internal static class DirectoryChange
{
    /// <summary>
    /// Counts names and sets mtime and ctime to now. Additions and maxima commute, so that creates in one directory do
    /// not fight over its row. Only where utimensat has put the mtime into the future a maximum would not bring it back:
    /// the record says so, and the counters are then written as a whole.
    /// </summary>
    public static async ReactorTask<Errno> Append(
        Volume volume, MetadataCommit commit, Node directory, long nowNs, int entries, int subdirectories)
    {
        var key = Keys.Counters(directory.Inode);
        if ((directory.Record.Flags & InodeFlags.FutureTimes) == 0)
        {
            if (entries != 0) commit.Add(key, DirectoryCounters.EntriesField, entries);
            if (subdirectories != 0) commit.Add(key, DirectoryCounters.SubdirectoriesField, subdirectories);
            commit.Max(key, DirectoryCounters.ModifiedField, nowNs);
            commit.Max(key, DirectoryCounters.ChangedField, nowNs);
            return Errno.None;
        }
        using var read = MetadataRead.Rent();
        read.Add(key);
        var error = await volume.Metadata.Get(read);
        if (error != Errno.None) return error;
        if (!read.Found(0) || !DirectoryCounters.TryRead(read.Value(0), out var counters)) return Errno.EIO;
        commit.RequireVersion(key, read.Version(0));
        Put(commit, key, new DirectoryCounters(counters.Entries + entries, counters.Subdirectories + subdirectories, nowNs, nowNs));
        return Errno.None;
    }

    /// <summary>Sets a directory's counters and times as a whole.</summary>
    public static void Put(MetadataCommit commit, in MetadataKey key, in DirectoryCounters counters)
    {
        Span<byte> buffer = stackalloc byte[DirectoryCounters.EncodedLength];
        commit.Put(key, counters.Write(buffer));
    }
}
