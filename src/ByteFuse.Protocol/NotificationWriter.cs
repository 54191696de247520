using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ByteFuse.Protocol;

/// <summary>
/// Builds whole notifications, to be given to write(2) on /dev/fuse. Each method returns the bytes written, or 0 if
/// the buffer is too small. Never allocates.
/// </summary>
/// <remarks>
/// A notification takes kernel locks that the operation it concerns holds: never send one from within it.
/// ENOENT from write(2) means that the kernel has nothing cached.
/// </remarks>
public static class NotificationWriter
{
    /// <summary>Enough for every notification written here except <see cref="Prune"/>: header, struct, name and NUL.</summary>
    public const int BufferLength = 16 + 24 + ProtocolLimits.NameLength + 1;

    /// <summary>Drops an inode's attributes and, from <paramref name="offset"/> on, its pages.</summary>
    /// <param name="buffer">Where to write.</param>
    /// <param name="nodeId">The inode.</param>
    /// <param name="offset">First byte; -1 drops attributes alone and takes no page lock.</param>
    /// <param name="length">Bytes; 0 reaches to the end of the file.</param>
    public static int InvalidateInode(Span<byte> buffer, ulong nodeId, long offset, long length) =>
        Write(
            buffer,
            NotifyCode.InvalidateInode,
            new NotifyInvalidateInode { NodeId = nodeId, Offset = offset, Length = length });

    /// <summary>Drops a name, or only expires it. Takes the parent's i_rwsem in both cases (fuse_reverse_inval_entry).</summary>
    public static int InvalidateEntry(
        Span<byte> buffer, ulong parent, ReadOnlySpan<byte> name, InvalidateEntryFlags flags = InvalidateEntryFlags.None) =>
        WriteNamed(
            buffer,
            NotifyCode.InvalidateEntry,
            new NotifyInvalidateEntry { Parent = parent, NameLength = (uint)name.Length, Flags = flags },
            name);

    /// <summary>Tells that a name is gone, so that inotify watchers learn of it. Takes the parent's i_rwsem.</summary>
    public static int Delete(Span<byte> buffer, ulong parent, ulong child, ReadOnlySpan<byte> name) =>
        WriteNamed(
            buffer,
            NotifyCode.Delete,
            new NotifyDelete { Parent = parent, Child = child, NameLength = (uint)name.Length },
            name);

    /// <summary>
    /// Asks for nothing of an inode's page cache: the kernel sends a NOTIFY_REPLY request without data. Answers and errors as
    /// the others; ENOENT where the kernel does not know the inode.
    /// </summary>
    /// <param name="buffer">At least <see cref="BufferLength"/> bytes.</param>
    /// <param name="unique">The request's unique: not 0 and even, as the kernel's own are.</param>
    /// <param name="nodeId">The inode.</param>
    public static int RetrieveNothing(Span<byte> buffer, ulong unique, ulong nodeId) =>
        Write(buffer, NotifyCode.Retrieve, new NotifyRetrieve { NotifyUnique = unique, NodeId = nodeId });

    /// <summary>Asks for every request in processing again.</summary>
    public static int Resend(Span<byte> buffer) => WriteHeader(buffer, NotifyCode.Resend, 0);

    /// <summary>Expires every cached name. Takes no lock. Needs 7.44.</summary>
    public static int IncrementEpoch(Span<byte> buffer) => WriteHeader(buffer, NotifyCode.IncrementEpoch, 0);

    /// <summary>Lets the kernel drop inodes that nobody uses. Needs 7.45.</summary>
    public static int Prune(Span<byte> buffer, ReadOnlySpan<ulong> nodeIds)
    {
        var ids = MemoryMarshal.AsBytes(nodeIds);
        var fixedLength = Unsafe.SizeOf<OutHeader>() + Unsafe.SizeOf<NotifyPrune>();
        if (ids.Length > buffer.Length - fixedLength)
            return 0;
        WriteHeader(buffer, NotifyCode.Prune, Unsafe.SizeOf<NotifyPrune>() + ids.Length);
        var prune = new NotifyPrune { Count = (uint)nodeIds.Length };
        MemoryMarshal.Write(buffer[Unsafe.SizeOf<OutHeader>()..], in prune);
        ids.CopyTo(buffer[fixedLength..]);
        return fixedLength + ids.Length;
    }

    private static int WriteNamed<T>(Span<byte> buffer, NotifyCode code, in T body, ReadOnlySpan<byte> name)
        where T : unmanaged
    {
        var fixedLength = Unsafe.SizeOf<OutHeader>() + Unsafe.SizeOf<T>();
        if (name.Length >= buffer.Length - fixedLength)
            return 0;
        WriteHeader(buffer, code, Unsafe.SizeOf<T>() + name.Length + 1);
        MemoryMarshal.Write(buffer[Unsafe.SizeOf<OutHeader>()..], in body);
        name.CopyTo(buffer[fixedLength..]);
        buffer[fixedLength + name.Length] = 0;
        return fixedLength + name.Length + 1;
    }

    private static int Write<T>(Span<byte> buffer, NotifyCode code, in T body)
        where T : unmanaged
    {
        var length = Unsafe.SizeOf<OutHeader>() + Unsafe.SizeOf<T>();
        if (buffer.Length < length)
            return 0;
        WriteHeader(buffer, code, Unsafe.SizeOf<T>());
        MemoryMarshal.Write(buffer[Unsafe.SizeOf<OutHeader>()..], in body);
        return length;
    }

    private static int WriteHeader(Span<byte> buffer, NotifyCode code, int bodyLength)
    {
        var header = new OutHeader
        {
            Length = (uint)(Unsafe.SizeOf<OutHeader>() + bodyLength),
            Error = (int)code,
            Unique = 0,
        };
        return MemoryMarshal.TryWrite(buffer, in header) ? Unsafe.SizeOf<OutHeader>() : 0;
    }
}
