using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Metadata.Memory;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Metadata of which a power cut leaves what the latest sync made durable.</summary>
internal sealed class PowerCutStore : IMetadataStore
{
    private readonly MemoryMetadataStore store = new();
    private List<(byte[] Key, byte[] Value)> durable = [];

    public ulong CommittedSequence => store.CommittedSequence;

    public ulong DurableSequence => store.DurableSequence;

    public ReactorTask<Errno> Get(MetadataRead read) => store.Get(read);

    /// <summary>Scans of inodes so far.</summary>
    public int InodeScans { get; private set; }

    /// <summary>What scans of inodes fail with; None where they do not.</summary>
    public Errno InodeScanFailure { get; set; }

    /// <summary>What syncs fail with; None where they do not.</summary>
    public Errno SyncFailure { get; set; }

    public ReactorTask<Errno> Scan(MetadataScan scan)
    {
        if (!scan.Prefix.SequenceEqual(Keys.AllInodes.Span)) return store.Scan(scan);
        InodeScans++;
        return InodeScanFailure != Errno.None ? new ReactorTask<Errno>(InodeScanFailure) : store.Scan(scan);
    }

    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit) => store.Commit(commit);

    public async ReactorTask<Errno> Sync()
    {
        if (SyncFailure != Errno.None) return SyncFailure;
        var rows = new List<(byte[], byte[])>();
        using var scan = MetadataScan.Rent();
        for (scan.Start(default, default, 1000); ; scan.Continue())
        {
            var error = await store.Scan(scan);
            if (error != Errno.None) return error;
            for (var i = 0; i < scan.Count; i++) rows.Add((scan.Key(i).ToArray(), scan.Value(i).ToArray()));
            if (!scan.HasMore) break;
        }
        durable = rows;
        return await store.Sync();
    }

    /// <summary>What is there after a power cut.</summary>
    public async ReactorTask<PowerCutStore> Cut()
    {
        var after = new PowerCutStore { durable = durable };
        using var commit = MetadataCommit.Rent();
        foreach (var (key, value) in durable) commit.Put(MetadataKey.From(key), value);
        Assert.True((await after.store.Commit(commit)).Committed);
        return after;
    }

    public void Dispose() => store.Dispose();
}
