using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>
/// The ring operations. Memory and paths given to one stay valid until it completes. EAGAIN: more operations are in flight
/// than <see cref="ReactorOptions.OperationLimit"/> allows.
/// </summary>
public sealed partial class CoreReactor
{
    // IORING_FSYNC_DATASYNC, IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_FD (include/uapi/linux/io_uring.h)
    private const uint FsyncDataOnly = 1;
    private const uint CancelAllOfDescriptor = 1 | 2;

    private static readonly ReactorTask<IoResult> TooManyOperations = new(IoResult.FromError(Errno.EAGAIN));

    /// <summary>pread(2): the number of bytes, short at the end of the file. An offset of -1 is the file's own position.</summary>
    public ReactorTask<IoResult> Read(int fd, NativeSlice into, long offset) =>
        Transfer(RingOpcode.Read, RingOpcode.ReadFixed, fd, into, offset);

    /// <summary>pwrite(2): the number of bytes, which may be short. An offset of -1 is the file's own position.</summary>
    public ReactorTask<IoResult> Write(int fd, NativeSlice from, long offset) =>
        Transfer(RingOpcode.Write, RingOpcode.WriteFixed, fd, from, offset);

    /// <summary>openat(2): a descriptor, closed on exec. The path ends with a null byte.</summary>
    public ReactorTask<IoResult> OpenAt(int directory, NativeSlice nullTerminatedPath, int flags, int mode)
    {
        PathBytes.RequireTerminated(nullTerminatedPath.Span);
        if (!TryStart(RingOpcode.OpenAt, directory, out var operation, out var entry)) return TooManyOperations;
        entry.Address = (ulong)nullTerminatedPath.Address;
        entry.Length = (uint)mode;
        entry.OperationFlags = (uint)(flags | OpenFlags.CloseOnExec);
        return operation.Task;
    }

    /// <summary>close(2).</summary>
    public ReactorTask<IoResult> Close(int fd) =>
        TryStart(RingOpcode.Close, fd, out var operation, out _) ? operation.Task : TooManyOperations;

    /// <summary>fsync(2), or fdatasync(2) where only the data matters.</summary>
    public ReactorTask<IoResult> Fsync(int fd, bool dataOnly)
    {
        if (!TryStart(RingOpcode.Fsync, fd, out var operation, out var entry)) return TooManyOperations;
        entry.OperationFlags = dataOnly ? FsyncDataOnly : 0;
        return operation.Task;
    }

    /// <summary>fallocate(2); modes in <see cref="AllocationModes"/>.</summary>
    public ReactorTask<IoResult> Allocate(int fd, int mode, long offset, long length)
    {
        if (!TryStart(RingOpcode.Fallocate, fd, out var operation, out var entry)) return TooManyOperations;
        entry.Offset = (ulong)offset;
        entry.Address = (ulong)length;
        entry.Length = (uint)mode;
        return operation.Task;
    }

    /// <summary>ftruncate(2); on a thread for blocking calls where the ring cannot (before Linux 6.9).</summary>
    public ReactorTask<IoResult> Truncate(int fd, long length)
    {
        if (!ringTruncates) return BlockingCalls.Run<TruncateCall, IoResult>(new TruncateCall(fd, length));
        if (!TryStart(RingOpcode.Ftruncate, fd, out var operation, out var entry)) return TooManyOperations;
        entry.Offset = (ulong)length;
        return operation.Task;
    }

    /// <summary>unlinkat(2); flags in <see cref="AtFlags"/>. The path ends with a null byte.</summary>
    public ReactorTask<IoResult> UnlinkAt(int directory, NativeSlice path, int flags)
    {
        PathBytes.RequireTerminated(path.Span);
        if (!TryStart(RingOpcode.UnlinkAt, directory, out var operation, out var entry)) return TooManyOperations;
        entry.Address = (ulong)path.Address;
        entry.OperationFlags = (uint)flags;
        return operation.Task;
    }

    /// <summary>
    /// Waits until one of <see cref="PollEvents"/> is there: the events that are. With
    /// <see cref="PollEvents.Exclusive"/>, of several reactors that poll one file one is woken.
    /// </summary>
    public ReactorTask<IoResult> Poll(int fd, uint events)
    {
        if (!TryStart(RingOpcode.PollAdd, fd, out var operation, out var entry)) return TooManyOperations;
        entry.OperationFlags = events;
        return operation.Task;
    }

    /// <summary>
    /// Cancels what waits on a descriptor on this reactor (polls, reads of pipes and sockets): the number of operations
    /// ended, each with ECANCELED. File I/O that has begun runs to its end.
    /// </summary>
    public ReactorTask<IoResult> CancelAll(int fd)
    {
        if (!TryStart(RingOpcode.AsyncCancel, fd, out var operation, out var entry)) return TooManyOperations;
        entry.OperationFlags = CancelAllOfDescriptor;
        return operation.Task;
    }

    /// <summary>Completes with 0 once at least that much time has passed on <see cref="Clock"/>.</summary>
    public ReactorTask<IoResult> Delay(TimeSpan time) =>
        timers.Add(Clock.MonotonicNanoseconds + Math.Max(0, (long)time.TotalNanoseconds));

    /// <summary>Gives an object of the caller's a number on the ring; false at the operation limit.</summary>
    public bool TryAttach(RingSlot slot) => slots.TryAdd(slot);

    /// <summary>Takes the number back; no submission of the object may be in flight.</summary>
    public void Detach(RingSlot slot) => slots.Remove(slot);

    /// <summary>
    /// The next submission entry, cleared, whose completion goes to the attached <paramref name="slot"/>. Fill it before
    /// anything else is submitted.
    /// </summary>
    public SubmissionEntry Prepare(RingSlot slot)
    {
        SubmissionEntry entry;
        // The kernel takes all entries at a submit, short of memory it takes fewer; then trying again is all that helps.
        while (!ring.TryPrepare(out entry)) CheckSubmit(ring.Submit(0));
        entry.UserData = (ulong)slot.SlotIndex;
        Statistics.CountSubmitted();
        return entry;
    }

    /// <summary>Hands over what is prepared now, instead of at the end of this turn.</summary>
    public void SubmitNow() => CheckSubmit(ring.Submit(0));

    internal void Recycle(RingOperation operation)
    {
        operation.NextFree = freeOperations;
        freeOperations = operation;
    }

    private bool TryStart(RingOpcode opcode, int fd, out RingOperation operation, out SubmissionEntry entry)
    {
        operation = freeOperations!;
        if (operation is not null)
        {
            freeOperations = operation.NextFree;
            operation.NextFree = null;
        }
        else
        {
            operation = new RingOperation(this);
            if (!slots.TryAdd(operation))
            {
                entry = default;
                return false;
            }
        }
        entry = Prepare(operation);
        entry.Opcode = opcode;
        entry.Descriptor = fd;
        return true;
    }

    // Memory that is registered is named by its place: the kernel has its pages already.
    private ReactorTask<IoResult> Transfer(RingOpcode plain, RingOpcode registered, int fd, NativeSlice memory, long offset)
    {
        var isRegistered = RegisteredMemory.TryFind(memory, out var place);
        if (!TryStart(isRegistered ? registered : plain, fd, out var operation, out var entry)) return TooManyOperations;
        entry.Buffer = memory;
        entry.Offset = (ulong)offset;
        if (!isRegistered) return operation.Task;
        entry.BufferIndex = place;
        Statistics.CountRegisteredTransfer();
        return operation.Task;
    }

    private readonly struct TruncateCall(int fd, long length) : IBlockingCall<IoResult>
    {
        public IoResult Execute() => FileCalls.Truncate(fd, length);
    }
}
