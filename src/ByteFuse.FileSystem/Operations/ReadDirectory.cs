using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>
/// READDIR and READDIRPLUS: the dentries of a directory in cookie order from behind an offset on. The cookie is the
/// offset, so a listing goes on rightly while names come and go, after a restart, and from telldir's value.
/// Two names with the same cookie would be passed over together where a reply ends between them: the hash is keyed, so
/// nobody can make that happen, and among 10^6 names two share one with a probability of 5e-8.
/// </summary>
internal static class ReadDirectory
{
    /// <summary>Dentries of one scan; a reply takes as many scans as it has room for.</summary>
    private const int Batch = 128;

    public static async ReactorTask<Reply> Run(Connection connection, Request request)
    {
        var arguments = request.Read<ReadIn>();
        var plus = request.Header.Opcode == Opcode.ReadDirectoryPlus;
        var result = await connection.Volume.ReadRecord(connection.Inode(request.Header.NodeId));
        if (result.Error != Errno.None) return result.Error;
        if (!result.Node.IsDirectory) return Errno.ENOTDIR;
        if (arguments.Offset > long.MaxValue) return Reply.Body(0);
        var listing = new Listing(connection, request, plus, (int)Math.Min(arguments.Size, (uint)request.Body.Length));
        var offset = arguments.Offset;
        if (!AddDots(ref listing, result.Node, ref offset)) return Reply.Body(listing.Length);
        using var scan = MetadataScan.Rent();
        scan.Start(Keys.Dentries(result.Node.Inode), Keys.DentriesAt(result.Node.Inode, offset + 1), Batch);
        while (true)
        {
            var error = await connection.Volume.Metadata.Scan(scan);
            if (error != Errno.None) return listing.Length > 0 ? Reply.Body(listing.Length) : error;
            var filled = plus ? await AddNodes(connection, scan, listing) : AddNames(scan, listing);
            listing = filled.Listing;
            // What has been listed is answered; the error comes with the next call, which begins at it.
            if (filled.Error != Errno.None && listing.Length == 0) return filled.Error;
            if (filled.Full || filled.Error != Errno.None || !scan.HasMore) return Reply.Body(listing.Length);
            scan.Continue();
        }
    }

    private static bool AddDots(ref Listing listing, in Node directory, ref ulong offset)
    {
        if (offset < DirectoryCookie.Dot)
        {
            if (!listing.TryAdd(directory.Inode, DirectoryCookie.Dot, FileMode.Directory, "."u8)) return false;
            offset = DirectoryCookie.Dot;
        }
        if (offset < DirectoryCookie.DotDot)
        {
            if (!listing.TryAdd(listing.ParentOf(directory), DirectoryCookie.DotDot, FileMode.Directory, ".."u8)) return false;
            offset = DirectoryCookie.DotDot;
        }
        return true;
    }

    private static Filled AddNames(MetadataScan scan, Listing listing)
    {
        for (var i = 0; i < scan.Count; i++)
        {
            if (!TryDecode(scan, i, out var dentry, out var cookie, out var name)) return new Filled(Errno.EIO, listing, false);
            if (!listing.TryAdd(dentry.Inode, cookie, FileMode.OfDentryType(dentry.Type), name)) return new Filled(Errno.None, listing, true);
        }
        return new Filled(Errno.None, listing, false);
    }

    /// <summary>READDIRPLUS: the attributes of as many names as can fit come from one read.</summary>
    private static async ReactorTask<Filled> AddNodes(Connection connection, MetadataScan scan, Listing listing)
    {
        using var read = MetadataRead.Rent();
        for (var start = 0; start < scan.Count;)
        {
            var count = Math.Min(scan.Count - start, listing.Room);
            if (count == 0) return new Filled(Errno.None, listing, true);
            read.Reset();
            AddKeys(scan, read, start, count);
            var error = await connection.Volume.Metadata.Get(read);
            if (error != Errno.None) return new Filled(error, listing, false);
            for (var i = 0; i < count; i++)
            {
                var node = await ReadNode(connection.Volume, scan, start + i, read, i);
                // A name that went between the two reads is not listed any more.
                if (node.Error == Errno.ESTALE) continue;
                if (node.Error != Errno.None) return new Filled(node.Error, listing, false);
                if (!TryDecode(scan, start + i, out _, out var cookie, out var name)) return new Filled(Errno.EIO, listing, false);
                if (!listing.TryAddNode(node.Node, cookie, name)) return new Filled(Errno.None, listing, true);
            }
            start += count;
        }
        return new Filled(Errno.None, listing, false);
    }

    private static void AddKeys(MetadataScan scan, MetadataRead read, int start, int count)
    {
        for (var i = start; i < start + count; i++)
        {
            var inode = DentryRecord.TryRead(scan.Value(i), out var dentry) ? dentry.Inode : 0;
            read.Add(Keys.Inode(inode));
            read.Add(Keys.Counters(inode));
        }
    }

    private static async ReactorTask<NodeResult> ReadNode(Volume volume, MetadataScan scan, int dentryIndex, MetadataRead read, int index)
    {
        if (!DentryRecord.TryRead(scan.Value(dentryIndex), out var dentry)) return new NodeResult(Errno.EIO, default);
        var result = NodeReader.Decode(volume, read, index * 2, dentry.Inode);
        if (result.Error != Errno.None || !result.Node.IsFile || !volume.Data.KeepsAttributes) return result;
        var data = await volume.Data.GetAttributes(result.Node.Record.DataId);
        return data.Error != Errno.None
            ? new NodeResult(data.Error, default)
            : result with { Node = result.Node with { Data = data.Attributes } };
    }

    private static bool TryDecode(MetadataScan scan, int index, out DentryRecord dentry, out ulong cookie, out ReadOnlySpan<byte> name)
    {
        dentry = default;
        return Keys.TryParseDentry(scan.Key(index), out _, out cookie, out name) && DentryRecord.TryRead(scan.Value(index), out dentry);
    }

    private readonly record struct Filled(Errno Error, Listing Listing, bool Full);

    /// <summary>A reply being filled: like <see cref="DirectoryWriter"/>, but able to live across awaits.</summary>
    private struct Listing(Connection connection, Request request, bool plus, int capacity)
    {
        // An entry of READDIRPLUS with the shortest name.
        private const int SmallestPlusEntry = 128 + 24 + 8;

        public int Length { get; private set; }

        /// <summary>How many more entries of READDIRPLUS can fit at most.</summary>
        public readonly int Room => (capacity - Length) / SmallestPlusEntry;

        public readonly ulong ParentOf(in Node directory) =>
            directory.Inode == connection.Options.RootInode ? directory.Inode : directory.Record.Parent;

        public bool TryAdd(ulong inode, ulong offset, uint mode, ReadOnlySpan<byte> name)
        {
            var writer = new DirectoryWriter(request.Body.Span[Length..capacity], uint.MaxValue);
            // nodeid 0: the kernel counts no lookup and takes no attributes.
            var added = plus ? writer.TryAddPlus(default, inode, offset, mode, name) : writer.TryAdd(inode, offset, mode, name);
            Length += writer.Length;
            return added;
        }

        public bool TryAddNode(in Node node, ulong offset, ReadOnlySpan<byte> name)
        {
            var writer = new DirectoryWriter(request.Body.Span[Length..capacity], uint.MaxValue);
            var added = writer.TryAddPlus(connection.Entry(node), node.Inode, offset, node.Record.Mode, name);
            Length += writer.Length;
            return added;
        }
    }
}
