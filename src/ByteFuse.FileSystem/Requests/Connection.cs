using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using OpenFlags = ByteFuse.Protocol.OpenFlags;

namespace ByteFuse.FileSystem;

/// <summary>One kernel connection to a volume: a mount.</summary>
public sealed class Connection
{
    private readonly Dispatcher dispatcher;
    private long lastHandle;

    /// <param name="volume">The volume that it shows.</param>
    /// <param name="options">How the mount behaves.</param>
    /// <param name="id">128 random bits, new for every FUSE_INIT: half of the key of duplicate-request records (hazard 16).</param>
    public Connection(Volume volume, MountOptions options, UInt128 id)
    {
        Volume = volume;
        Options = options;
        Id = id;
        dispatcher = new Dispatcher(this);
        Parked = new ParkedRequestTable();
    }

    /// <summary>The volume.</summary>
    public Volume Volume { get; }

    /// <summary>How the mount behaves.</summary>
    public MountOptions Options { get; }

    /// <summary>Identity of the connection.</summary>
    public UInt128 Id { get; }

    /// <summary>What INIT agreed on; null before.</summary>
    public InitAgreement? Agreement { get; internal set; }

    /// <summary>True once the kernel sent DESTROY: nothing more will come.</summary>
    public bool Destroyed { get; internal set; }

    /// <summary>
    /// What every open file is answered with. Where the kernel keeps the locks, close(2) has nothing to tell: what was written
    /// is with the store, and what was stored through a mapping is written when that goes (fuse_vma_close in fs/fuse/file.c).
    /// </summary>
    internal OpenFlags OpenFlags => Options.Locks == LockKeeper.Kernel ? OpenFlags.NoFlush : OpenFlags.None;

    /// <summary>Tells the kernel what it did not ask for; null where the transport has no way to.</summary>
    public IKernelNotifier? Notifier { get; set; }

    /// <summary>Takes files to read and write them by itself; null where the mount has no passthrough. Settled before the first OPEN.</summary>
    public IBackingFiles? BackingFiles { get; set; }

    /// <summary>Counts of what was served.</summary>
    public OperationStatistics Statistics { get; } = new();

    /// <summary>Requests that wait for a lock.</summary>
    internal ParkedRequestTable Parked { get; }

    /// <summary>Failed syncs that some opens have not been told of.</summary>
    internal SyncFailures SyncFailures { get; } = new();

    /// <summary>Requests that wait for a lock, for status.</summary>
    public int ParkedCount => Parked.Count;

    /// <summary>
    /// Serves a request, on its reactor. Returns when it has been answered or waits for its I/O; whatever happens, it is
    /// answered once. Never throws.
    /// </summary>
    public void Serve(Request request) => dispatcher.Serve(request);

    /// <summary>Ends every parked request: the kernel is gone, or the daemon is about to be.</summary>
    public void InterruptAll(Errno error) => Parked.CompleteAll(error);

    /// <summary>Gives back what the connection held: parked requests and locks. The transport has ended.</summary>
    public async ReactorTask<Errno> Close()
    {
        InterruptAll(Errno.ENOTCONN);
        Volume.Locks.ReleaseConnection(this);
        // Nobody can send a request of this connection again. What a crash leaves is a few records of a bounded number.
        return await DuplicateRequests.Remove(this);
    }

    /// <summary>A handle id, unique per open (hazard 4).</summary>
    internal ulong NextHandle() => (ulong)Interlocked.Increment(ref lastHandle);

    /// <summary>The latest of them.</summary>
    internal ulong LastHandle => (ulong)Volatile.Read(ref lastHandle);

    /// <summary>The inode of a nodeid: a mount of a subdirectory shows it as nodeid 1.</summary>
    internal ulong Inode(ulong nodeId) => nodeId == ProtocolLimits.RootNodeId ? Options.RootInode : nodeId;

    /// <summary>The nodeid of an inode.</summary>
    internal ulong NodeId(ulong inode) => inode == Options.RootInode ? ProtocolLimits.RootNodeId : inode;

    /// <summary>
    /// Puts the outcome of a request into the commit that makes it: if the kernel sends the request again after a crash,
    /// it is answered with this (rule 6). The reply has been built in the request's body.
    /// </summary>
    internal void RecordOutcome(MetadataCommit commit, Request request, int bodyLength)
    {
        Span<byte> buffer = stackalloc byte[DuplicateRequestRecord.HeaderLength + DuplicateRequestRecord.MaximumReply];
        var body = request.Body.Span[..bodyLength];
        var record = DuplicateRequestRecord.Write(request.Header.RequestId, (uint)request.Header.Opcode, body, buffer);
        commit.Put(Keys.DuplicateRequest(Id, request.Slot), record);
    }

    /// <summary>How long the kernel may keep the attributes of an inode.</summary>
    internal TimeSpan AttributesTimeout(ulong inode)
    {
        if (!Volume.Mappable.Contains(inode)) return Options.CacheTimeout;
        if (Volume.OpenInodes.IsOpen(inode)) return TimeSpan.Zero;
        return Options.CacheTimeout < MappableFiles.ClosedTimeout ? Options.CacheTimeout : MappableFiles.ClosedTimeout;
    }

    /// <summary>What LOOKUP and its like answer.</summary>
    internal EntryOut Entry(in Node node)
    {
        var (nameTimeout, attributesTimeout) = (Options.CacheTimeout, AttributesTimeout(node.Inode));
        return new EntryOut
        {
            NodeId = NodeId(node.Inode),
            EntryValidSeconds = (ulong)nameTimeout.TotalSeconds,
            EntryValidNanoseconds = Fraction(nameTimeout),
            AttributesValidSeconds = (ulong)attributesTimeout.TotalSeconds,
            AttributesValidNanoseconds = Fraction(attributesTimeout),
            Attributes = node.ToAttributes(),
        };
    }

    /// <summary>What GETATTR and SETATTR answer.</summary>
    internal AttributesOut AttributesReply(in Node node)
    {
        var timeout = AttributesTimeout(node.Inode);
        return new AttributesOut
        {
            ValidSeconds = (ulong)timeout.TotalSeconds,
            ValidNanoseconds = Fraction(timeout),
            Attributes = node.ToAttributes(),
        };
    }

    internal static uint Fraction(TimeSpan time) => (uint)time.Subtract(TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds))).TotalNanoseconds;
}
