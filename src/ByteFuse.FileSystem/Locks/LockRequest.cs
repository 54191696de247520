using ByteFuse.Protocol;

namespace ByteFuse.FileSystem;

/// <summary>What a lock operation asks for; once granted, what is held.</summary>
/// <param name="Owner">Who asks; locks of one owner never conflict.</param>
/// <param name="Start">First byte.</param>
/// <param name="End">Last byte, inclusive.</param>
/// <param name="Type">Read, write, or unlock.</param>
/// <param name="Handle">The open that it came through: RELEASE drops what is left of it (hazard 4).</param>
/// <param name="ProcessId">Who GETLK names; as the kernel gave it.</param>
/// <param name="Inode">The file.</param>
/// <param name="IsFlock">True for flock(2), whose locks and the others do not see each other.</param>
internal readonly record struct LockRequest(
    LockOwner Owner, ulong Start, ulong End, LockType Type, ulong Handle, uint ProcessId, ulong Inode, bool IsFlock)
{
    /// <summary>OFFSET_MAX: the end of every file.</summary>
    public const ulong LastByte = long.MaxValue;

    /// <summary>Of one that is held: its place in <see cref="KeptLocks"/>; 0 for none.</summary>
    public int Place { get; init; }

    /// <summary>Takes the kernel's argument over; false where it makes no sense.</summary>
    public static bool TryRead(Connection connection, ulong inode, in LockIn arguments, out LockRequest request)
    {
        var range = arguments.Lock;
        var whole = (arguments.Flags & LockFlags.Flock) != 0;
        request = new LockRequest(
            new LockOwner(connection, arguments.Owner),
            whole ? 0 : range.Start,
            whole ? LastByte : range.End,
            range.Type,
            arguments.Handle,
            range.ProcessId,
            inode,
            whole);
        return request.Start <= request.End && request.End <= LastByte && range.Type <= LockType.Unlock;
    }

    /// <summary>Gives up everything of one kind that an owner holds on a file.</summary>
    public static LockRequest UnlockAll(LockOwner owner, ulong inode, bool isFlock) => new(owner, 0, LastByte, LockType.Unlock, 0, 0, inode, isFlock);

    public bool Overlaps(in LockRequest other) => Start <= other.End && other.Start <= End;

    /// <summary>True where the two cannot be held at once.</summary>
    public bool ConflictsWith(in LockRequest held) =>
        Overlaps(held) && (Type == LockType.Write || held.Type == LockType.Write) && Owner != held.Owner;
}
