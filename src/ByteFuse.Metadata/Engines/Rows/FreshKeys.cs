using System.Buffers.Binary;

namespace ByteFuse.Metadata.Rows;

/// <summary>
/// Knows of most keys of new inodes that they do not exist, without asking the engine: inode numbers grow, and nothing is
/// stored under a number before it is handed out (<see cref="Keys.InodeAllocator"/>). So a key of a number from which this
/// has seen every commit exists only if a filter of the keys written since has it. A name to be made in a new directory is
/// looked for twice, by LOOKUP and by the commit's precondition; a new file has no xattrs. Written by the holder of the
/// commit token, read by anybody.
/// </summary>
internal sealed class FreshKeys
{
    /// <summary>2 MiB of filter, touched as it fills.</summary>
    private const int Words = 1 << 18;

    /// <summary>Ten bits a key: one in sixty is then asked for in vain. Later keys begin a filter of their own.</summary>
    private const int MaximumKeys = Words * 64 / 10;

    // Of a word each, so that a key costs three cache lines.
    private const int BitsPerKey = 3;

    private readonly int maximumKeys;
    private Filter current;
    private ulong nextInode;
    private long keys;

    /// <param name="nextInode">The first inode number not handed out; <see cref="ulong.MaxValue"/> where that is not known.</param>
    /// <param name="maximumKeys">Keys of one filter.</param>
    public FreshKeys(ulong nextInode, int maximumKeys = MaximumKeys)
    {
        this.nextInode = nextInode;
        this.maximumKeys = maximumKeys;
        current = new Filter(nextInode);
    }

    /// <summary>Whether the filter has the keys that it is made for; more make it answer less. Token holder only.</summary>
    public bool IsFull => keys >= maximumKeys;

    /// <summary>True where the key certainly does not exist. From any thread.</summary>
    public bool IsAbsent(ReadOnlySpan<byte> key, ulong hash)
    {
        var filter = Volatile.Read(ref current);
        return Keys.TryGetInode(key, out var inode) && inode >= filter.First && !filter.MayHave(hash);
    }

    /// <summary>A key is about to be written. Token holder only.</summary>
    public void Add(ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual(Keys.InodeAllocator.Span) && value.Length >= sizeof(ulong)) nextInode = BinaryPrimitives.ReadUInt64LittleEndian(value);
        if (!Keys.TryGetInode(key, out var inode) || inode < current.First) return;
        // One of the same inodes would forget what has been written of them.
        if (IsFull && nextInode > current.First)
        {
            // Readers that still hold the old one answer as of before this commit.
            Volatile.Write(ref current, new Filter(nextInode));
            keys = 0;
            if (inode < nextInode) return;
        }
        keys++;
        current.Add(hash);
    }

    private sealed class Filter(ulong first)
    {
        private readonly ulong[] words = first == ulong.MaxValue ? [] : new ulong[Words];

        public ulong First => first;

        public bool MayHave(ulong hash)
        {
            for (var i = 0; i < BitsPerKey; i++, hash = Next(hash))
            {
                if ((Volatile.Read(ref words[Word(hash)]) & Bit(hash)) == 0) return false;
            }
            return true;
        }

        public void Add(ulong hash)
        {
            for (var i = 0; i < BitsPerKey; i++, hash = Next(hash)) words[Word(hash)] |= Bit(hash);
        }

        private static int Word(ulong hash) => (int)(hash >> 6) & (Words - 1);

        private static ulong Bit(ulong hash) => 1UL << (int)(hash & 63);

        // 24 bits of the hash were used.
        private static ulong Next(ulong hash) => System.Numerics.BitOperations.RotateRight(hash, 24) * 0x9E3779B97F4A7C15;
    }
}
