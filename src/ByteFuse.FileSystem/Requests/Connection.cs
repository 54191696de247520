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
    /// <summary>
    /// Where the number of the daemon that serves the connection begins in a handle: 2^40 opens for each of 2^24 daemons. So no
    /// handle comes twice, and it shows which daemon counted the open.
    /// </summary>
    private const int GenerationShift = 40;

    private readonly Dispatcher dispatcher;
    private readonly ulong firstHandle;
    private long lastHandle;

    /// <param name="volume">The volume that it shows.</param>
    /// <param name="options">How the mount behaves.</param>
    /// <param name="id">128 random bits, new for every FUSE_INIT: half of the key of duplicate-request records (hazard 16).</param>
    /// <param name="memory">What a successor of this daemon finds; null where there is to be none. It stays the caller's.</param>
    public Connection(Volume volume, MountOptions options, UInt128 id, ConnectionMemory? memory = null)
    {
        if (memory is not null && memory.ConnectionId != id) throw new ArgumentException("The memory is another connection's.", nameof(memory));
        Volume = volume;
        Options = options;
        Id = id;
        Memory = memory;
        Inheritance = new Inheritance(this);
        dispatcher = new Dispatcher(this);
        Parked = new ParkedRequestTable();
        if (memory is null) return;
        memory.Join(volume.Session);
        volume.Mappable.Keep(memory.Mappable);
        firstHandle = memory.Generation << GenerationShift;
        lastHandle = (long)firstHandle;
        if (memory.IsAgreed) Agreement = memory.Agreement;
        if (memory.Locks is { } locks) volume.Locks.TakeOver(this, locks);
    }

    /// <summary>The volume.</summary>
    public Volume Volume { get; }

    /// <summary>How the mount behaves.</summary>
    public MountOptions Options { get; }

    /// <summary>Identity of the connection.</summary>
    public UInt128 Id { get; }

    /// <summary>What of the connection outlives this daemon; null where nothing does.</summary>
    public ConnectionMemory? Memory { get; }

    /// <summary>What a dead daemon left to be answered.</summary>
    public Inheritance Inheritance { get; }

    /// <summary>What INIT agreed on; null before.</summary>
    public InitAgreement? Agreement { get; internal set; }

    /// <summary>True where a file that was opened for direct I/O can be mapped with MAP_SHARED.</summary>
    internal bool AllowsMappedDirectIo => Agreement is { } agreement && (agreement.Flags & InitFlags.DirectIoAllowMmap) != 0;

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

    // Without passthrough no open needs to know of another.
    private KeptOpens? KeptOpens => BackingFiles is null ? null : Memory?.Opens;

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

    /// <summary>
    /// Settles <see cref="BackingFiles"/>, before the first OPEN. A successor finds it settled, and takes back what its predecessor had
    /// given and no open needs.
    /// </summary>
    /// <param name="kernel">Takes files.</param>
    /// <param name="tryBacking">Tries whether it takes those of the data store, where that is not known.</param>
    /// <param name="held">Files that it has already.</param>
    /// <returns>What it refuses them with.</returns>
    public Errno SettleBackingFiles(IBackingFiles kernel, Func<IBackingFiles, Errno> tryBacking, out int held)
    {
        var kept = Memory?.KeepBackingFiles(kernel);
        held = Memory is { Generation: > 0 } left ? kept?.TakeOver(left.OpensLeft.Select(open => open.BackingId).ToHashSet()) ?? 0 : 0;
        var files = kept ?? kernel;
        var refusal = Memory?.BackingRefusal ?? tryBacking(files);
        if (Memory is not null) Memory.BackingRefusal = refusal;
        if (refusal == Errno.None) BackingFiles = files;
        return refusal;
    }

    /// <summary>Ends every parked request: the kernel is gone, or the daemon is about to be.</summary>
    public void InterruptAll(Errno error) => Parked.CompleteAll(error);

    /// <summary>Gives back what the connection held: parked requests and locks. The transport has ended.</summary>
    public async ReactorTask<Errno> Close()
    {
        InterruptAll(Errno.ENOTCONN);
        Volume.Locks.ReleaseConnection(this);
        if (Memory is not null)
        {
            Volume.AccessTimes.Detach(Memory.AccessTimes);
            Memory.Opens?.End();
            Memory.Mappable?.End();
            Memory.Locks?.End();
        }
        // Nobody can send a request of this connection again. What a crash leaves is a few records of a bounded number.
        return await DuplicateRequests.Remove(this);
    }

    /// <summary>A handle id, unique per open (hazard 4).</summary>
    internal ulong NextHandle() => (ulong)Interlocked.Increment(ref lastHandle);

    /// <summary>The handle that an open is answered with: the same again where a daemon died in front of the answer.</summary>
    internal ulong HandleFor(Request request) => KeptHandle(request) is var kept and not 0 ? kept : NextHandle();

    /// <summary>True where the open that a request asks for was counted by a daemon that died in front of the answer.</summary>
    internal bool IsCounted(Request request) => KeptHandle(request) != 0;

    /// <summary>An open is about to be answered.</summary>
    internal void Opened(Request request, OpenInode file, ulong handle) => KeptOpens?.Add(new KeptOpen
    {
        Handle = handle,
        Inode = file.Inode,
        DataId = file.DataId,
        RequestId = request.Header.RequestId,
        BackingId = file.BackingId,
    });

    /// <summary>An open is released; true where it was counted here.</summary>
    internal bool Released(ulong handle) => KeptOpens?.Remove(handle) == true || IsCounted(handle);

    /// <summary>The latest of them.</summary>
    internal ulong LastHandle => (ulong)Volatile.Read(ref lastHandle);

    /// <summary>
    /// True where this daemon gave the handle out, and counted the open. One that was given out by a predecessor is as good for
    /// everything else, as a handle means nothing but its uniqueness.
    /// </summary>
    private bool IsCounted(ulong handle) => handle >= firstHandle;

    // Of what comes for the first time nobody can know.
    private ulong KeptHandle(Request request) => request.Header.IsResent ? KeptOpens?.HandleOf(request.Header.RequestId) ?? 0 : 0;

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
        commit.Put(Keys.DuplicateRequest(Id, request.Slot, Memory?.Area ?? 0), record);
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
