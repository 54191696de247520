namespace ByteFuse.Protocol;

/// <summary>What the daemon would like to agree on in INIT.</summary>
public readonly record struct InitPreferences()
{
    /// <summary>
    /// The flags every mount asks for. What is missing here on purpose:
    /// WRITEBACK_CACHE (the kernel would own size and mtime, so other nodes' changes would never appear);
    /// AUTO_INVAL_DATA (one more GETATTR per read; only shared volumes in a coherent mode add it);
    /// EXPLICIT_INVAL_DATA (a size that changed elsewhere must drop pages);
    /// NO_OPEN_SUPPORT (open-unlinked files and locks need OPEN and RELEASE);
    /// NO_OPENDIR_SUPPORT (a mode of its own decides it);
    /// HANDLE_KILLPRIV (superseded by V2; the kernel acts on either);
    /// SECURITY_CTX, CREATE_SUPP_GROUP (the VFS has stripped set-group-id before; labels come by mount option);
    /// PASSTHROUGH, OVER_IO_URING, ALLOW_IDMAP (the mount that can serve them adds them);
    /// REQUEST_TIMEOUT (<see cref="InitNegotiation.NeverAccepted"/>).
    /// </summary>
    public const InitFlags DefaultFlags =
        InitFlags.AsyncRead // read-ahead sends several READs at once
        | InitFlags.PosixLocks // locks hold across nodes and outlive a crashed daemon
        | InitFlags.FlockLocks // the same for flock(2)
        | InitFlags.AtomicOpenTruncate // open(O_TRUNC) is one request and one commit
        | InitFlags.ExportSupport // knfsd and open_by_handle_at after the kernel forgot an inode
        | InitFlags.BigWrites // kernels before 4.20 split writes into pages without it
        | InitFlags.DontMask // a default ACL replaces the umask, which only the daemon can know
        | InitFlags.ReadDirectoryPlus // ls -l is one request per screenful, not one per file
        | InitFlags.ReadDirectoryPlusAuto // a plain ls pays for no attributes
        | InitFlags.AsyncDirectIo // libaio and io_uring users do not wait in submission
        | InitFlags.ParallelDirectoryOperations // lookups in one directory do not queue on its i_rwsem
        | InitFlags.PosixAcl // ACLs; also puts permission checks into the kernel
        | InitFlags.AbortError // tells an abort (ECONNABORTED) from an unmount (ENODEV)
        | InitFlags.MaxPages // requests above 32 pages
        | InitFlags.CacheSymlinks // path walks through links cost no request; targets never change
        | InitFlags.HandleKillPrivV2 // no GETXATTR of security.capability before every write
        | InitFlags.SetXattrExt // required: fixes SETXATTR's length
        | InitFlags.InitExt // the flags that follow count
        | InitFlags.HasExpireOnly // remembered: INVAL_ENTRY may expire names
        | InitFlags.DirectIoAllowMmap // mmap(MAP_SHARED) works on FOPEN_DIRECT_IO files
        | InitFlags.HasResend; // remembered: crash recovery can ask for requests again

    /// <summary>Bytes in the largest WRITE this protocol implementation agrees to: 8 MiB.</summary>
    public const uint HighestMaxWrite = 8 << 20;

    /// <summary>Flags to ask for; those the kernel does not offer fall away.</summary>
    public InitFlags Flags { get; init; } = DefaultFlags;

    /// <summary>Bytes in the largest WRITE and READ; rounded down to pages, at most <see cref="HighestMaxWrite"/>.</summary>
    public uint MaxWrite { get; init; } = 1 << 20;

    /// <summary>Bytes to read ahead. The kernel takes the smaller of this and the mount's read_ahead_kb.</summary>
    public uint MaxReadAhead { get; init; } = 1 << 20;

    /// <summary>/proc/sys/fs/fuse/max_pages_limit; 256 where the file does not exist (before Linux 6.13).</summary>
    public uint MaxPagesLimit { get; init; } = 256;

    /// <summary>
    /// Pages that a request may have although <see cref="MaxWrite"/> needs fewer, where the kernel has MAX_PAGES: over
    /// io_uring a SETXATTR has to fit into the payload, whose length the kernel takes from its number of pages.
    /// </summary>
    public uint MinimumPages { get; init; }

    /// <summary>Bytes in a page of the kernel that sent INIT.</summary>
    public uint PageSize { get; init; } = 4096;

    /// <summary>Nanoseconds; 1 keeps what utimensat(2) sets.</summary>
    public uint TimeGranularity { get; init; } = 1;

    /// <summary>
    /// Background requests (read-ahead, asynchronous direct I/O, RELEASE) in the daemon at once. The kernel's own 12
    /// would hold asynchronous I/O below the queue depths that storage needs; what the daemon can serve at once is
    /// bounded by its request slots.
    /// </summary>
    public ushort MaxBackground { get; init; } = 256;

    /// <summary>Background requests that make the mount congested: three quarters of the bound, as in the kernel.</summary>
    public ushort CongestionThreshold { get; init; } = 192;

    /// <summary>For PASSTHROUGH: 1, or 2 if backing files lie on a stacked file system; 0 turns it off.</summary>
    public uint MaxStackDepth { get; init; }
}
