using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// Hands out inode numbers, which are never used again: each reactor takes a range from the metadata store and what is
/// left of it at a crash is lost. 2^64 numbers last for longer than the disks.
/// </summary>
internal sealed class InodeAllocator(IMetadataStore metadata)
{
    // One commit for so many creates; a crash loses at most reactors x range numbers.
    private const int Range = 4096;

    private const int Attempts = 64;

    private readonly ReactorLocal<NumberRange> ranges = new(() => new NumberRange());

    /// <summary>The next number.</summary>
    public ReactorTask<AllocatedInode> Allocate()
    {
        var range = ranges.Value;
        return range.Next < range.End
            ? new ReactorTask<AllocatedInode>(new AllocatedInode(Errno.None, range.Next++))
            : Refill(range);
    }

    private async ReactorTask<AllocatedInode> Refill(NumberRange range)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            using var read = MetadataRead.Rent();
            read.Add(Keys.InodeAllocator);
            var error = await metadata.Get(read);
            if (error != Errno.None) return new AllocatedInode(error, 0);
            if (!NumberCounters.TryRead(read.Value(0), out var numbers)) return new AllocatedInode(Errno.EIO, 0);
            var first = numbers.Next;
            using var commit = MetadataCommit.Rent();
            commit.RequireVersion(Keys.InodeAllocator, read.Version(0));
            commit.Add(Keys.InodeAllocator, NumberCounters.NextField, Range);
            var outcome = await metadata.Commit(commit);
            if (outcome.Error != Errno.None) return new AllocatedInode(outcome.Error, 0);
            if (!outcome.Committed) continue;
            // Durable before the first number is used: after a power cut that took the range back, a new inode would get
            // the number, and with it the bytes, of one whose creation was lost.
            error = await metadata.Sync();
            if (error != Errno.None) return new AllocatedInode(error, 0);
            // While this waited, another request of this reactor may have refilled the range: numbers are only lost then.
            range.Next = first;
            range.End = first + Range;
            return new AllocatedInode(Errno.None, range.Next++);
        }
        return new AllocatedInode(Errno.EAGAIN, 0);
    }

    private sealed class NumberRange
    {
        public ulong Next;
        public ulong End;
    }
}

/// <summary>A new inode number, or why there is none.</summary>
internal readonly record struct AllocatedInode(Errno Error, ulong Inode);
