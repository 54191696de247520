using System.Buffers.Binary;

namespace ByteFuse.Metadata;

/// <summary>
/// The key schema, format version 1 (docs/format.md). The first byte names the table; integers are big endian.
/// </summary>
public static class Keys
{
    private const byte VolumeTable = (byte)'V';
    private const byte AllocatorTable = (byte)'A';
    private const byte UsageTable = (byte)'U';
    private const byte InodeTable = (byte)'I';
    private const byte CounterTable = (byte)'C';
    private const byte DentryTable = (byte)'D';
    private const byte XattrTable = (byte)'X';
    private const byte SymlinkTable = (byte)'S';
    private const byte OrphanTable = (byte)'O';
    private const byte GarbageTable = (byte)'G';
    private const byte DuplicateTable = (byte)'R';
    private const byte TopologyTable = (byte)'T';

    /// <summary>The volume's own record: <see cref="VolumeRecord"/>.</summary>
    public static MetadataKey Volume => Table(VolumeTable);

    /// <summary>A counter value: <see cref="NumberCounters"/>.</summary>
    public static MetadataKey InodeAllocator => Table(AllocatorTable);

    /// <summary>A counter value of the volume: field 0 is the number of inodes in use.</summary>
    public static MetadataKey Usage => Table(UsageTable);

    /// <summary>
    /// Its version changes with every rename that changes a directory's parent; such a rename requires the version at
    /// which it checked the ancestry (two crossed renames would make a cycle otherwise).
    /// </summary>
    public static MetadataKey Topology => Table(TopologyTable);

    /// <summary>All inodes: the prefix of <see cref="Inode"/>.</summary>
    public static MetadataKey AllInodes => Table(InodeTable);

    /// <summary>All orphans: the prefix of <see cref="Orphan"/>.</summary>
    public static MetadataKey AllOrphans => Table(OrphanTable);

    /// <summary>All garbage: the prefix of <see cref="Garbage"/>.</summary>
    public static MetadataKey AllGarbage => Table(GarbageTable);

    /// <summary>All dentries of the volume.</summary>
    public static MetadataKey AllDentries => Table(DentryTable);

    /// <summary>All xattrs of the volume.</summary>
    public static MetadataKey AllXattrs => Table(XattrTable);

    /// <summary>All symlink targets of the volume.</summary>
    public static MetadataKey AllSymlinks => Table(SymlinkTable);

    /// <summary>All directory counters of the volume.</summary>
    public static MetadataKey AllDirectoryCounters => Table(CounterTable);

    /// <summary>All duplicate-request records of the volume.</summary>
    public static MetadataKey AllDuplicateRequests => Table(DuplicateTable);

    /// <summary>The attributes of an inode: <see cref="InodeRecord"/>.</summary>
    public static MetadataKey Inode(ulong inode) => Numbered(InodeTable, inode);

    /// <summary>A directory's counters and times, apart from its attributes: <see cref="DirectoryCounters"/>.</summary>
    public static MetadataKey Counters(ulong directory) => Numbered(CounterTable, directory);

    /// <summary>All dentries of a directory, in cookie order.</summary>
    public static MetadataKey Dentries(ulong directory) => Numbered(DentryTable, directory);

    /// <summary>A dentry: <see cref="DentryRecord"/>. The cookie is the readdir offset: see <see cref="DirectoryCookie"/>.</summary>
    public static MetadataKey Dentry(ulong directory, ulong cookie, ReadOnlySpan<byte> name)
    {
        var key = DentriesAt(directory, cookie);
        key.Append(name);
        return key;
    }

    /// <summary>The dentries of a directory at one cookie; also the place after which a scan resumes (with the next cookie).</summary>
    public static MetadataKey DentriesAt(ulong directory, ulong cookie)
    {
        var key = Numbered(DentryTable, directory);
        key.Append(cookie);
        return key;
    }

    /// <summary>Takes a dentry key apart.</summary>
    public static bool TryParseDentry(ReadOnlySpan<byte> key, out ulong directory, out ulong cookie, out ReadOnlySpan<byte> name)
    {
        directory = cookie = 0;
        name = default;
        if (key.Length < 1 + 8 + 8 + 1 || key[0] != DentryTable) return false;
        directory = BinaryPrimitives.ReadUInt64BigEndian(key[1..]);
        cookie = BinaryPrimitives.ReadUInt64BigEndian(key[9..]);
        name = key[17..];
        return true;
    }

    /// <summary>All extended attributes of an inode.</summary>
    public static MetadataKey Xattrs(ulong inode) => Numbered(XattrTable, inode);

    /// <summary>An extended attribute; the value is the attribute's.</summary>
    public static MetadataKey Xattr(ulong inode, ReadOnlySpan<byte> name)
    {
        var key = Numbered(XattrTable, inode);
        key.Append(name);
        return key;
    }

    /// <summary>The name in an xattr key of <see cref="Xattrs"/>.</summary>
    public static ReadOnlySpan<byte> XattrName(ReadOnlySpan<byte> key) => key[9..];

    /// <summary>The target of a symbolic link.</summary>
    public static MetadataKey Symlink(ulong inode) => Numbered(SymlinkTable, inode);

    /// <summary>
    /// An inode without a name that somebody may still hold open: <see cref="OrphanRecord"/>. For a removed directory
    /// it keeps the attributes, since the directory's own key goes with rmdir.
    /// </summary>
    public static MetadataKey Orphan(ulong inode) => Numbered(OrphanTable, inode);

    /// <summary>Data whose bytes go once this commit is durable (hazard 1); the value is empty.</summary>
    public static MetadataKey Garbage(ulong dataId) => Numbered(GarbageTable, dataId);

    /// <summary>The duplicate-request records of one kernel connection.</summary>
    public static MetadataKey DuplicateRequests(UInt128 connection)
    {
        var key = Table(DuplicateTable);
        key.Append((ulong)(connection >> 64));
        key.Append((ulong)connection);
        return key;
    }

    /// <summary>
    /// The outcome of the latest mutating request of a request slot: <see cref="DuplicateRequestRecord"/>. A daemon that took the
    /// connection over writes to another area than its predecessor, whose records it may have to look up yet.
    /// </summary>
    public static MetadataKey DuplicateRequest(UInt128 connection, uint slot, uint area = 0)
    {
        var key = DuplicateRequests(connection);
        key.Append((ulong)area << 32 | slot);
        return key;
    }

    /// <summary>The connection of a duplicate-request record.</summary>
    public static UInt128 ConnectionOfDuplicateRequest(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt128BigEndian(key[1..]);

    /// <summary>The area of a duplicate-request record.</summary>
    public static uint AreaOfDuplicateRequest(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt32BigEndian(key[17..]);

    /// <summary>
    /// The inode that a key belongs to, its directory for a dentry; false for keys that belong to none. No such key is stored
    /// before its inode's number has been handed out: see <see cref="InodeAllocator"/>.
    /// </summary>
    public static bool TryGetInode(ReadOnlySpan<byte> key, out ulong inode)
    {
        inode = 0;
        if (key.Length < 1 + sizeof(ulong)) return false;
        if (key[0] is not (InodeTable or CounterTable or DentryTable or XattrTable or SymlinkTable or OrphanTable)) return false;
        inode = Number(key);
        return true;
    }

    /// <summary>The number in a key of one table byte and one number.</summary>
    public static ulong Number(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt64BigEndian(key[1..]);

    private static MetadataKey Table(byte table)
    {
        var key = default(MetadataKey);
        key.Append(table);
        return key;
    }

    private static MetadataKey Numbered(byte table, ulong number)
    {
        var key = Table(table);
        key.Append(number);
        return key;
    }
}
