namespace ByteFuse.Metadata.Tests.PostgreSql;

/// <summary>Several stores of one volume, as several nodes have them; each call goes to the next.</summary>
public sealed class SpreadStore(IReadOnlyList<IMetadataStore> stores) : IMetadataStore
{
    private uint next;

    public ulong CommittedSequence => stores.Max(store => store.CommittedSequence);

    public ulong DurableSequence => stores.Max(store => store.DurableSequence);

    private IMetadataStore Next => stores[(int)(Interlocked.Increment(ref next) % (uint)stores.Count)];

    public ReactorTask<Errno> Get(MetadataRead read) => Next.Get(read);

    public ReactorTask<Errno> Scan(MetadataScan scan) => Next.Scan(scan);

    public ReactorTask<CommitOutcome> Commit(MetadataCommit commit) => Next.Commit(commit);

    public ReactorTask<Errno> Sync() => Next.Sync();

    public void Dispose()
    {
        foreach (var store in stores) store.Dispose();
    }
}
