using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.Dump;

/// <summary>
/// Takes the metadata of a volume that nobody has open out of one engine and into another. For cold paths: it blocks a thread that is no
/// reactor. What the outcomes of the kernel's requests were is left behind: no kernel that could ask is there any more.
/// </summary>
public static class MetadataDump
{
    private const int RowsPerScan = 1024;

    // Well below what an engine takes in one commit.
    private const int RowsPerCommit = 200;
    private const int BytesPerCommit = 256 << 10;

    /// <summary>Writes all rows; what the engine answered where it cannot read, EPROTO for a volume's record of a later version.</summary>
    public static Errno Write(IMetadataStore store, ReactorSet reactors, Stream stream, Action<long> progress)
    {
        var volume = default(VolumeRecord);
        var error = reactors.RunOn(0, async ReactorTask<Errno> () =>
        {
            using var read = MetadataRead.Rent();
            read.Add(Keys.Volume);
            var problem = await store.Get(read);
            if (problem != Errno.None) return problem;
            if (!VolumeRecord.TryRead(read.Value(0), out volume)) return Errno.EIO;
            return volume.Write(new byte[VolumeRecord.EncodedLength]).SequenceEqual(read.Value(0)) ? Errno.None : Errno.EPROTO;
        });
        if (error != Errno.None) return error;
        using var writer = new DumpWriter(stream, volume);
        // By the first byte: the empty key is the engines' own.
        for (var table = 0; table <= byte.MaxValue && error == Errno.None; table++)
        {
            var prefix = MetadataKey.From([(byte)table]);
            if (prefix.Span.SequenceEqual(Keys.Volume.Span) || prefix.Span.SequenceEqual(Keys.AllDuplicateRequests.Span)) continue;
            error = WriteTable(store, reactors, prefix, writer, progress);
        }
        if (error == Errno.None) writer.End();
        return error;
    }

    /// <summary>Puts all rows into an empty store; what the engine answered where it cannot, EEXIST where a key is there already.</summary>
    public static Errno Load(DumpReader reader, IMetadataStore store, ReactorSet reactors, Action<long> progress)
    {
        var batch = new Dictionary<byte[], byte[]>(ByteStrings.Comparer)
        {
            [Keys.Volume.Span.ToArray()] = reader.Volume.Write(new byte[VolumeRecord.EncodedLength]).ToArray(),
        };
        var bytes = 0;
        bool more;
        do
        {
            more = reader.TryRead(out var row);
            if (more && !batch.TryAdd(row.Key, row.Value)) return Errno.EEXIST;
            bytes += more ? row.Key.Length + row.Value.Length : 0;
            if (more && batch.Count < RowsPerCommit && bytes < BytesPerCommit) continue;
            var error = reactors.RunOn(0, () => Put(store, batch));
            if (error != Errno.None) return error;
            progress(reader.Rows);
            batch.Clear();
            bytes = 0;
        }
        while (more);
        return reactors.RunOn(0, store.Sync);
    }

    private static Errno WriteTable(IMetadataStore store, ReactorSet reactors, MetadataKey prefix, DumpWriter writer, Action<long> progress)
    {
        var page = new List<DumpRow>(RowsPerScan);
        var after = default(MetadataKey);
        do
        {
            page.Clear();
            var error = reactors.RunOn(0, () => Read(store, prefix, after, page));
            if (error != Errno.None) return error;
            foreach (var row in page) writer.Write(row);
            if (page.Count > 0) after = MetadataKey.From(page[^1].Key);
            progress(writer.Rows);
        }
        while (page.Count == RowsPerScan);
        return Errno.None;
    }

    private static async ReactorTask<Errno> Read(IMetadataStore store, MetadataKey prefix, MetadataKey after, List<DumpRow> page)
    {
        using var scan = MetadataScan.Rent();
        scan.Start(prefix, after, RowsPerScan);
        var error = await store.Scan(scan);
        for (var i = 0; error == Errno.None && i < scan.Count; i++) page.Add(new DumpRow(scan.Key(i).ToArray(), scan.Value(i).ToArray()));
        return error;
    }

    private static async ReactorTask<Errno> Put(IMetadataStore store, Dictionary<byte[], byte[]> batch)
    {
        using var commit = MetadataCommit.Rent();
        foreach (var (key, value) in batch)
        {
            var place = MetadataKey.From(key);
            commit.RequireAbsent(place);
            commit.Put(place, value);
        }
        var outcome = await store.Commit(commit);
        return outcome.Error != Errno.None ? outcome.Error : outcome.Committed ? Errno.None : Errno.EEXIST;
    }
}
