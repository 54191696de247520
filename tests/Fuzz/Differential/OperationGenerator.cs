using ByteFuse.Fuzz.Differential.Operations;
using ByteFuse.Testing;

namespace ByteFuse.Fuzz.Differential;

/// <summary>Makes one lane's operations: which kinds, how often, with which arguments.</summary>
public sealed class OperationGenerator
{
    // Offsets and lengths stay small, so that writes, holes and ends meet.
    private const int LargestOffset = 200_000;
    private const int LargestTransfer = 20_000;

    /// <summary>Larger than any file system's largest file, for EFBIG; still no negative number as the kernel sees it.</summary>
    public const long BeyondAnyFile = 1L << 60;

    private static readonly int[] Modes = [0, 0x80, 0x100, 0x124, 0x180, 0x1A4, 0x1B6, 0x1ED, 0x1FF, 0x3FF, 0x5ED, 0x9ED, 0xBFF, 0xFFF, 0x49];
    private static readonly int[] Owners = [-1, 0, 1001, 1002, 1500];

    // No -1: over FUSE a chown of neither looks like what the kernel sends before a write that takes set-id bits away, so that
    // somebody else's cannot be refused with EPERM as on ext4. The POSIX suite covers the owner's.
    private static readonly int[] Groups = [0, 1001, 1002, 1500];
    private static readonly string[] XattrNames =
    [
        "user.a", "user.b", "user.long.name.of.an.attribute", "trusted.a", "security.fuzz", "user.", "nosuch.a",
        Acl.AccessName, Acl.DefaultName, Acl.AccessName,
    ];

    private readonly SeededRandom random;
    private readonly IReadOnlyList<NamePool> pools;
    private readonly List<Func<Operation>> choices = [];
    private int lastSlot;

    /// <param name="random">Shared by the whole sequence.</param>
    /// <param name="pools">Trees that the lane may touch; the first is its own.</param>
    public OperationGenerator(SeededRandom random, IReadOnlyList<NamePool> pools)
    {
        (this.random, this.pools, Pool) = (random, pools, pools[0]);
        AddNameChoices();
        AddDescriptorChoices();
        AddAttributeChoices();
        AddLockChoices();
    }

    /// <summary>
    /// The pool of the operation being made: one for all of its paths. A file that had names, or a descriptor and a name, in two
    /// lanes' trees would be raced for by their threads, and the two sides could differ without a fault.
    /// </summary>
    private NamePool Pool { get; set; }

    /// <summary>Mostly the slot that was filled last, so that operations on it follow each other.</summary>
    private int Slot => random.Chance(60) ? lastSlot : random.Below(Lane.SlotCount);

    private int NextSlot => lastSlot = random.Below(Lane.SlotCount);

    private int Mode => random.Pick(Modes);

    private int Count => random.Chance(5) ? 0 : 1 + random.Below(random.Chance(50) ? 300 : LargestTransfer);

    private long Offset => random.Below(10) switch
    {
        0 => 0,
        1 => 4096L * random.Below(LargestOffset / 4096),
        < 6 => random.Below(10_000),
        _ => random.Below(LargestOffset),
    };

    private Target Target => random.Chance(60) ? new Target(Pool.Any(), 0) : new Target(null, Slot);

    /// <summary>One more operation.</summary>
    public Operation Next()
    {
        Pool = random.Pick(pools);
        return random.Pick(choices)();
    }

    private void Add(int weight, Func<Operation> choice)
    {
        for (var copy = 0; copy < weight; copy++)
            choices.Add(choice);
    }

    // No whiteout in place of a folder: where another that is not empty refuses it, ext4 has moved the times of the parent.
    private void AddNameChoices()
    {
        Add(8, () => new MakeDirectory(Pool.NewDirectory(), random.Chance(60) ? 0x1FF : Mode));
        Add(1, () => new RemoveDirectory(Pool.Directory()));
        Add(4, () => new Unlink(Pool.File()));
        Add(4, () => new Link(Pool.File(), Pool.NewFile(), random.Chance(30)));
        Add(3, () => new SymbolicLink(Pool.LinkTarget(), random.Chance(50) ? Pool.NewFile() : Pool.NewDirectory()));
        Add(2, () => new ReadLink(Pool.File(), 1 + random.Below(100)));
        Add(4, () => new Rename(Pool.File(), random.Chance(50) ? Pool.File() : Pool.NewFile(), PickRenameFlags()));
        Add(3, () => new Rename(Pool.Directory(), random.Chance(50) ? Pool.Directory() : Pool.NewDirectory(), PickRenameFlags() & ~RenameFlags.WHITEOUT));
        Add(2, MakeNode);
        Add(3, () => new ListDirectory(Pool.Directory()));
    }

    private void AddDescriptorChoices()
    {
        Add(20, () => new Open(NextSlot, random.Chance(60) ? Pool.NewFile() : Pool.Any(), PickOpenFlags(), random.Chance(60) ? 0x1B6 : Mode));
        Add(2, () => new OpenTemporary(NextSlot, Pool.Directory(), random.Chance(70) ? OpenFlags.O_RDWR : PickOpenFlags(), Mode));
        // What a slot holds may come from another pool than the name.
        if (pools.Count == 1)
            Add(2, () => new LinkDescriptor(Slot, Pool.NewFile()));
        Add(1, () => new Close(Slot));
        Add(2, () => new Duplicate(Slot, Slot));
        Add(3, () => new Read(Slot, Count));
        Add(4, () => new PositionedRead(Slot, Count, Offset));
        Add(5, () => new Write(Slot, Count));
        Add(6, () => new PositionedWrite(Slot, Count, PickEnd()));
        Add(2, () => new Seek(Slot, random.Chance(10) ? -Offset : Offset, random.Below(3)));
        Add(2, () => new SeekSparse(Slot, random.Chance(5) ? -1 : Offset, random.Chance(50)));
        Add(4, () => new Truncate(Target, random.Chance(5) ? -1 : PickEnd()));
        Add(4, () => new Allocate(Slot, PickAllocateMode(), Offset, random.Chance(5) ? 0 : random.Chance(3) ? BeyondAnyFile : Count));
        Add(1, () => new Sync(Slot, random.Chance(50)));
        Add(3, () => new CopyRange(Slot, Offset, Slot, Offset, Count));
        Add(3, () => new DirectTransfer(Pool.File(), random.Chance(60), 1 + random.Below(4), random.Below(20)));
        Add(4, () => new MapTransfer(Slot, random.Chance(60), 1 + random.Below(6000), random.Below(20_000)));
    }

    private void AddAttributeChoices()
    {
        Add(5, () => new Status(Target));
        Add(4, () => new ChangeMode(Target, Mode));
        Add(4, () => new ChangeOwner(Target, random.Pick(Owners), random.Pick(Groups)));
        Add(4, () => new SetTimes(Target, random.Pick(TimeChange.Choices), random.Pick(TimeChange.Choices)));
        Add(2, () => new CheckAccess(Pool.Any(), random.Below(8)));
        Add(5, MakeXattr);
        Add(2, () => new GetXattr(Target, random.Pick(XattrNames), random.Chance(20) ? 0 : random.Below(200)));
        Add(2, () => new ListXattr(Target, random.Chance(20) ? 0 : random.Below(400)));
        Add(2, () => new RemoveXattr(Target, random.Pick(XattrNames)));
    }

    private void AddLockChoices()
    {
        Add(2, () => new WholeFileLock(Slot, random.Pick([Abi.LOCK_SH, Abi.LOCK_EX, Abi.LOCK_UN])));
        Add(3, () => new RangeLock(Slot, random.Chance(70), (short)random.Below(3), random.Below(50), random.Below(50)));
        Add(2, () => new QueryLock(Slot, random.Chance(70), (short)random.Below(2), random.Below(50), random.Below(50)));
    }

    private long PickEnd() => random.Chance(2) ? BeyondAnyFile : Offset;

    private SetXattr MakeXattr()
    {
        var name = random.Pick(XattrNames);
        var value = new byte[random.Below(120)];
        Pattern.Fill(value, random.NextBits());
        if (name.StartsWith("system.", StringComparison.Ordinal) && random.Chance(90))
            value = Acl.Make(random);
        return new SetXattr(Target, name, value, random.Chance(70) ? 0 : random.Below(3));
    }

    /// <summary>Devices that every machine has (null) or none has; opening another could do harm.</summary>
    private MakeNode MakeNode()
    {
        var type = random.Pick([
            NodeType.Fifo, NodeType.Fifo, NodeType.Socket, NodeType.Regular, NodeType.CharacterDevice, NodeType.BlockDevice, NodeType.Directory]);
        var device = type switch
        {
            NodeType.CharacterDevice => Sys.Device(1, 3),
            NodeType.BlockDevice => Sys.Device(240, 99_999),
            _ => 0u,
        };
        return new MakeNode(Pool.NewFile(), type, Mode, device);
    }

    private RenameFlags PickRenameFlags() => random.Below(10) switch
    {
        0 => RenameFlags.NOREPLACE,
        1 or 2 => RenameFlags.EXCHANGE,
        3 => random.Chance(50) ? RenameFlags.WHITEOUT : RenameFlags.EXCHANGE | RenameFlags.NOREPLACE,
        _ => RenameFlags.None,
    };

    private OpenFlags PickOpenFlags()
    {
        var flags = random.Pick([OpenFlags.O_RDWR, OpenFlags.O_RDWR, OpenFlags.O_RDWR, OpenFlags.O_WRONLY, OpenFlags.O_RDONLY]);
        if (random.Chance(75))
            flags |= OpenFlags.O_CREAT;
        foreach (var rare in new[]
                 {
                     OpenFlags.O_EXCL, OpenFlags.O_TRUNC, OpenFlags.O_APPEND, OpenFlags.O_DSYNC, OpenFlags.O_DIRECTORY,
                     OpenFlags.O_NOFOLLOW, OpenFlags.O_NOATIME, OpenFlags.O_PATH,
                 })
        {
            if (random.Chance(4))
                flags |= rare;
        }
        return flags;
    }

    /// <summary>FUSE's kernel side passes on no other modes (collapse and insert end there), so they would only differ by right.</summary>
    private AllocateMode PickAllocateMode() => random.Pick([
        AllocateMode.Allocate, AllocateMode.KEEP_SIZE, AllocateMode.PUNCH_HOLE | AllocateMode.KEEP_SIZE, AllocateMode.ZERO_RANGE,
        AllocateMode.ZERO_RANGE | AllocateMode.KEEP_SIZE, AllocateMode.PUNCH_HOLE]);
}
