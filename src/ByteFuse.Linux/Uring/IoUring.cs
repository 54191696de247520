using System.Runtime.InteropServices;

namespace ByteFuse.Linux;

/// <summary>
/// One io_uring (io_uring_setup(2)), for one submitting thread. It is created disabled, by any thread; the thread that
/// calls <see cref="Enable"/> is the one that may submit from then on (SINGLE_ISSUER), and completions are produced only
/// while that thread is inside <see cref="Submit"/> (DEFER_TASKRUN, so no interrupts of its own code).
/// Needs Linux 6.1. Not safe for several threads.
/// </summary>
public sealed unsafe class IoUring : IDisposable
{
    // io_uring's numbers are the same on every architecture.
    private const long SetupCall = 425;
    private const long EnterCall = 426;
    private const long RegisterCall = 427;

    private const uint SetupCompletionSize = 1 << 3;
    private const uint SetupDisabled = 1 << 6;
    private const uint SetupSubmitAll = 1 << 7;
    private const uint SetupTaskRunFlag = 1 << 9;
    private const uint SetupWideEntries = 1 << 10;
    private const uint SetupSingleIssuer = 1 << 12;
    private const uint SetupDeferTaskRun = 1 << 13;

    private const uint FeatureSingleMap = 1 << 0;
    private const uint FeatureNoDrop = 1 << 1;
    private const uint FeatureExtendedArgument = 1 << 8;
    private const uint RequiredFeatures = FeatureSingleMap | FeatureNoDrop | FeatureExtendedArgument;

    private const uint EnterGetEvents = 1 << 0;
    private const uint EnterExtendedArgument = 1 << 3;
    private const uint CompletionOverflow = 1 << 1;
    private const uint TaskRun = 1 << 2;

    private const long EntriesOffset = 0x10000000;

    private readonly int fd;
    private readonly int entrySize;
    private readonly nint rings;
    private readonly long ringsLength;
    private readonly nint entries;
    private readonly long entriesLength;
    private readonly uint* submissionHead;
    private readonly uint* submissionTail;
    private readonly uint* submissionFlags;
    private readonly uint submissionMask;
    private readonly uint submissionCount;
    private readonly uint* completionHead;
    private readonly uint* completionTail;
    private readonly uint completionMask;
    private readonly RingCompletion* completions;

    // Entries up to here are written; the kernel sees them at the next submit.
    private uint preparedTail;
    private bool disposed;

    private IoUring(int fd, in ParametersLayout parameters, nint rings, long ringsLength, nint entries, long entriesLength, int entrySize)
    {
        this.fd = fd;
        this.rings = rings;
        this.ringsLength = ringsLength;
        this.entries = entries;
        this.entriesLength = entriesLength;
        this.entrySize = entrySize;
        var memory = (byte*)rings;
        var submission = parameters.Submission;
        submissionHead = (uint*)(memory + submission.Head);
        submissionTail = (uint*)(memory + submission.Tail);
        submissionMask = *(uint*)(memory + submission.Mask);
        submissionFlags = (uint*)(memory + submission.Flags);
        submissionCount = parameters.SubmissionEntries;
        // The indirection array stays the identity: entries are used in ring order.
        var array = (uint*)(memory + submission.Array);
        for (var i = 0u; i < submissionCount; i++) array[i] = i;
        preparedTail = *submissionTail;
        var completion = parameters.Completion;
        completionHead = (uint*)(memory + completion.Head);
        completionTail = (uint*)(memory + completion.Tail);
        completionMask = *(uint*)(memory + completion.Mask);
        completions = (RingCompletion*)(memory + completion.Entries);
    }

    /// <summary>Submission entries that the kernel made.</summary>
    public uint Capacity => submissionCount;

    /// <summary>Entries prepared and not yet taken by the kernel.</summary>
    public uint Pending => preparedTail - Volatile.Read(ref *submissionHead);

    /// <summary>True where completions are waiting to be taken.</summary>
    public bool HasCompletions => *completionHead != Volatile.Read(ref *completionTail);

    /// <summary>Completions that are waiting to be taken.</summary>
    public int Ready => (int)(Volatile.Read(ref *completionTail) - *completionHead);

    /// <summary>
    /// True where <see cref="Submit"/> has something to do even without waiting: entries are prepared, deferred work of the
    /// kernel would produce completions, or completions that did not fit wait inside the kernel.
    /// </summary>
    public bool NeedsSubmit => Pending != 0 || (Volatile.Read(ref *submissionFlags) & (CompletionOverflow | TaskRun)) != 0;

    /// <summary>
    /// Sets a ring up, disabled. ENOSYS or EINVAL: the kernel is too old; EPERM: io_uring is switched off
    /// (kernel.io_uring_disabled, seccomp); ENOMEM: RLIMIT_MEMLOCK.
    /// </summary>
    public static Errno TryCreate(RingOptions options, out IoUring? ring)
    {
        ring = null;
        var parameters = new ParametersLayout
        {
            CompletionEntries = options.CompletionEntries,
            Flags = SetupCompletionSize | SetupDisabled | SetupSubmitAll | SetupSingleIssuer | SetupDeferTaskRun
                | SetupTaskRunFlag
                | (options.WideEntries ? SetupWideEntries : 0),
        };
        var created = LibC.Result(LibC.Syscall(SetupCall, options.SubmissionEntries, (long)&parameters, 0, 0, 0, 0));
        if (!created.Succeeded) return created.Error;
        var fd = created.Value;
        var error = (parameters.Features & RequiredFeatures) == RequiredFeatures
            ? TryMap(fd, parameters, options.WideEntries ? 128 : 64, out ring)
            : Errno.ENOSYS;
        if (error != Errno.None) LibC.Close(fd);
        return error;
    }

    /// <summary>Makes the calling thread the ring's submitter.</summary>
    public IoResult Enable() => LibC.Result(LibC.Syscall(RegisterCall, fd, 12, 0, 0, 0, 0));

    /// <summary>True where the kernel knows the operation (IORING_REGISTER_PROBE). Before or after <see cref="Enable"/>.</summary>
    public bool Supports(RingOpcode opcode)
    {
        const int header = 16, entry = 8, count = 256;
        var probe = stackalloc byte[header + entry * count];
        new Span<byte>(probe, header + entry * count).Clear();
        var result = LibC.Result(LibC.Syscall(RegisterCall, fd, 8, (long)probe, count, 0, 0));
        if (!result.Succeeded || (byte)opcode > probe[0]) return false;
        return (*(ushort*)(probe + header + entry * (int)opcode + 2) & 1) != 0;
    }

    /// <summary>Takes the next submission entry, cleared; false where all are prepared: submit first.</summary>
    public bool TryPrepare(out SubmissionEntry entry)
    {
        if (Pending >= submissionCount)
        {
            entry = default;
            return false;
        }
        entry = new SubmissionEntry((byte*)entries + (preparedTail & submissionMask) * entrySize, entrySize);
        preparedTail++;
        return true;
    }

    /// <summary>
    /// Hands the prepared entries over, runs deferred work and waits for <paramref name="waitFor"/> completions, at most
    /// <paramref name="timeoutNanoseconds"/> if that is not negative. The result is the number of entries taken; ETIME
    /// after the timeout, EINTR after a signal, EBUSY or EAGAIN where the kernel is short: entries stay prepared then.
    /// </summary>
    public IoResult Submit(uint waitFor, long timeoutNanoseconds = -1)
    {
        Volatile.Write(ref *submissionTail, preparedTail);
        if (timeoutNanoseconds < 0)
            return LibC.Result(LibC.Syscall(EnterCall, fd, Pending, waitFor, EnterGetEvents, 0, 0));
        var seconds = Math.DivRem(timeoutNanoseconds, 1_000_000_000, out var rest);
        var timeout = new TimespecLayout { Seconds = seconds, Nanoseconds = rest };
        var argument = new WaitArgumentLayout { Timeout = (ulong)&timeout };
        return LibC.Result(LibC.Syscall(
            EnterCall, fd, Pending, waitFor, EnterGetEvents | EnterExtendedArgument, (long)&argument, sizeof(WaitArgumentLayout)));
    }

    /// <summary>Takes the oldest completion.</summary>
    public bool TryTake(out RingCompletion completion)
    {
        var head = *completionHead;
        if (head == Volatile.Read(ref *completionTail))
        {
            completion = default;
            return false;
        }
        completion = completions[head & completionMask];
        Volatile.Write(ref *completionHead, head + 1);
        return true;
    }

    /// <summary>Makes an empty table of registered buffers, once: its places are filled by <see cref="SetBuffer"/>.</summary>
    public IoResult MakeBufferTable(uint places)
    {
        const int registerBuffers2 = 15;
        var table = new BufferTableLayout { Places = places, Flags = 1 }; // IORING_RSRC_REGISTER_SPARSE
        return LibC.Result(LibC.Syscall(RegisterCall, fd, registerBuffers2, (long)&table, sizeof(BufferTableLayout), 0, 0));
    }

    /// <summary>
    /// Registers memory for fixed reads and writes under a place of the table; the kernel pins all of it now. An empty slice gives
    /// the place up. By the submitting thread alone, once it has enabled the ring.
    /// </summary>
    public IoResult SetBuffer(uint place, NativeSlice memory)
    {
        const int registerBuffersUpdate = 16;
        var vector = memory.Length > 0 ? new VectorLayout(memory) : default;
        var update = new BufferUpdateLayout { First = place, Vectors = (ulong)&vector, Count = 1 };
        return LibC.Result(LibC.Syscall(RegisterCall, fd, registerBuffersUpdate, (long)&update, sizeof(BufferUpdateLayout), 0, 0));
    }

    /// <summary>Registers descriptors, to be named by index with the fixed-file flag.</summary>
    public IoResult RegisterFiles(ReadOnlySpan<int> descriptors)
    {
        fixed (int* p = descriptors) return LibC.Result(LibC.Syscall(RegisterCall, fd, 2, (long)p, descriptors.Length, 0, 0));
    }

    /// <summary>Closes the ring. Requests in flight are cancelled; file I/O already started runs on inside the kernel.</summary>
    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        LibC.Munmap(entries, (nuint)entriesLength);
        LibC.Munmap(rings, (nuint)ringsLength);
        LibC.Close(fd);
    }

    private static Errno TryMap(int fd, in ParametersLayout parameters, int entrySize, out IoUring? ring)
    {
        ring = null;
        const int protection = SharedMemory.ProtectRead | SharedMemory.ProtectWrite;
        const int flags = SharedMemory.MapShared | SharedMemory.MapPopulate;
        var ringsLength = Math.Max(
            parameters.Submission.Array + (long)parameters.SubmissionEntries * sizeof(uint),
            parameters.Completion.Entries + (long)parameters.CompletionEntries * sizeof(RingCompletion));
        var error = SharedMemory.Map(0, ringsLength, protection, flags, fd, 0, out var rings);
        if (error != Errno.None) return error;
        var entriesLength = (long)parameters.SubmissionEntries * entrySize;
        error = SharedMemory.Map(0, entriesLength, protection, flags, fd, EntriesOffset, out var entries);
        if (error != Errno.None)
        {
            SharedMemory.Unmap(rings, ringsLength);
            return error;
        }
        ring = new IoUring(fd, parameters, rings, ringsLength, entries, entriesLength, entrySize);
        return Errno.None;
    }

    /// <summary>struct io_uring_params.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ParametersLayout
    {
        public uint SubmissionEntries;
        public uint CompletionEntries;
        public uint Flags;
        public uint PollCpu;
        public uint PollIdle;
        public uint Features;
        public uint WorkerDescriptor;
        private readonly uint reserved0;
        private readonly uint reserved1;
        private readonly uint reserved2;
        public SubmissionOffsets Submission;
        public CompletionOffsets Completion;
    }

    /// <summary>struct io_sqring_offsets.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct SubmissionOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Count;
        public uint Flags;
        public uint Dropped;
        public uint Array;
    }

    /// <summary>struct io_cqring_offsets.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 40)]
    private struct CompletionOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Count;
        public uint Overflow;
        public uint Entries;
        public uint Flags;
    }

    /// <summary>struct io_uring_rsrc_register.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct BufferTableLayout
    {
        public uint Places;
        public uint Flags;
    }

    /// <summary>struct io_uring_rsrc_update2.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct BufferUpdateLayout
    {
        public uint First;
        private readonly uint reserved0;
        public ulong Vectors;
        private readonly ulong tags;
        public uint Count;
        private readonly uint reserved1;
    }

    /// <summary>struct io_uring_getevents_arg.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WaitArgumentLayout
    {
        public ulong SignalMask;
        public uint SignalMaskSize;
        public uint MinimumWait;
        public ulong Timeout;
    }
}
