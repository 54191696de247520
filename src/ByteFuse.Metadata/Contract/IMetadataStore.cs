using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata;

/// <summary>
/// An ordered map of byte keys to versioned byte values with one atomic commit. An engine implements this and knows
/// nothing of inodes; the file system is written once, above it. All calls are made on a reactor and complete there;
/// calls from several reactors run at once.
/// </summary>
public interface IMetadataStore : IDisposable
{
    /// <summary>
    /// Fills in the values of all keys of <paramref name="read"/>, as they were together at one moment, from one round trip.
    /// EIO where a checksum does not match or the engine cannot read: the result is then never partly trusted.
    /// </summary>
    ReactorTask<Errno> Get(MetadataRead read);

    /// <summary>Fills in the results of a scan; EIO as for <see cref="Get"/>.</summary>
    ReactorTask<Errno> Scan(MetadataScan scan);

    /// <summary>
    /// Applies a commit. When it has returned, every later read sees it and a killed process does not lose it;
    /// <see cref="Sync"/> makes it survive a power cut. Commits become durable in the order in which they were applied.
    /// </summary>
    ReactorTask<CommitOutcome> Commit(MetadataCommit commit);

    /// <summary>Returns when every commit that completed before this call is durable.</summary>
    ReactorTask<Errno> Sync();

    /// <summary>The sequence number of the latest commit applied; grows with every commit.</summary>
    ulong CommittedSequence { get; }

    /// <summary>Commits up to this sequence number are durable.</summary>
    ulong DurableSequence { get; }

    /// <summary>
    /// Leaves little to be replayed for who opens the store next, where the engine has something to replay. Blocks, so not for reactors;
    /// calls of others go on.
    /// </summary>
    void ShortenLog()
    {
    }
}
