using System.Runtime.CompilerServices;

namespace ByteFuse.Protocol;

/// <summary>
/// The properties of every opcode, indexed by its number. Source: the in_args[0] that fs/fuse sets for each request;
/// where that argument has size zero (fuse_set_zero_arg0), names come at once.
/// </summary>
public static class OpcodeTable
{
    /// <summary>One above the highest known opcode: the length of an array of counters indexed by opcode.</summary>
    public const int Count = (int)Opcode.CopyFileRange64 + 1;

    /// <summary>InitIn before 7.36, which ends after its first flags.</summary>
    public const int ShortInitLength = 16;

    private static readonly OpcodeInfo[] Table = Build();

    /// <summary>The properties of an opcode; those of slot 0, which is no opcode, if it is unknown.</summary>
    public static ref readonly OpcodeInfo Get(Opcode opcode)
    {
        var index = (uint)opcode;
        return ref Table[index < Count ? index : 0];
    }

    private static OpcodeInfo[] Build()
    {
        var table = new OpcodeInfo[Count];
        Array.Fill(table, new OpcodeInfo("unknown", 0, 0, Mutates: false, HasReply: true, IsKnown: false));
        AddNames(table);
        AddFiles(table);
        AddDirectoriesAndAttributes(table);
        AddConnection(table);
        return table;
    }

    private static void AddNames(OpcodeInfo[] table)
    {
        Add(table, Opcode.Lookup, "lookup", 0);
        Add(table, Opcode.ReadLink, "readlink", 0);
        Add(table, Opcode.Symlink, "symlink", 0, mutates: true);
        Add<MknodIn>(table, Opcode.Mknod, "mknod", mutates: true);
        Add<MkdirIn>(table, Opcode.Mkdir, "mkdir", mutates: true);
        Add(table, Opcode.Unlink, "unlink", 0, mutates: true);
        Add(table, Opcode.Rmdir, "rmdir", 0, mutates: true);
        Add<RenameIn>(table, Opcode.Rename, "rename", mutates: true);
        Add<Rename2In>(table, Opcode.Rename2, "rename2", mutates: true);
        Add<LinkIn>(table, Opcode.Link, "link", mutates: true);
        Add<CreateIn>(table, Opcode.Create, "create", mutates: true);
        Add<CreateIn>(table, Opcode.TmpFile, "tmpfile", mutates: true);
    }

    private static void AddFiles(OpcodeInfo[] table)
    {
        Add<OpenIn>(table, Opcode.Open, "open");
        Add<ReadIn>(table, Opcode.Read, "read");
        Add<WriteIn>(table, Opcode.Write, "write", mutates: true);
        Add<ReleaseIn>(table, Opcode.Release, "release");
        Add<FlushIn>(table, Opcode.Flush, "flush");
        Add<FsyncIn>(table, Opcode.Fsync, "fsync");
        Add<LockIn>(table, Opcode.GetLock, "getlk");
        Add<LockIn>(table, Opcode.SetLock, "setlk");
        Add<LockIn>(table, Opcode.SetLockWait, "setlkw");
        Add<BmapIn>(table, Opcode.Bmap, "bmap");
        Add<IoctlIn>(table, Opcode.Ioctl, "ioctl");
        Add<PollIn>(table, Opcode.Poll, "poll");
        Add<FallocateIn>(table, Opcode.Fallocate, "fallocate", mutates: true);
        Add<SeekIn>(table, Opcode.Seek, "lseek");
        Add<CopyFileRangeIn>(table, Opcode.CopyFileRange, "copy_file_range", mutates: true);
        Add<CopyFileRangeIn>(table, Opcode.CopyFileRange64, "copy_file_range_64", mutates: true);
        Add<SetupMappingIn>(table, Opcode.SetupMapping, "setupmapping");
        Add<RemoveMappingIn>(table, Opcode.RemoveMapping, "removemapping");
    }

    private static void AddDirectoriesAndAttributes(OpcodeInfo[] table)
    {
        Add<OpenIn>(table, Opcode.OpenDirectory, "opendir");
        Add<ReadIn>(table, Opcode.ReadDirectory, "readdir");
        Add<ReadIn>(table, Opcode.ReadDirectoryPlus, "readdirplus");
        Add<ReleaseIn>(table, Opcode.ReleaseDirectory, "releasedir");
        Add<FsyncIn>(table, Opcode.FsyncDirectory, "fsyncdir");
        Add<GetAttributesIn>(table, Opcode.GetAttributes, "getattr");
        Add<SetAttributesIn>(table, Opcode.SetAttributes, "setattr", mutates: true);
        Add<StatxIn>(table, Opcode.Statx, "statx");
        Add<AccessIn>(table, Opcode.Access, "access");
        Add<SetXattrIn>(table, Opcode.SetXattr, "setxattr", mutates: true);
        Add<GetXattrIn>(table, Opcode.GetXattr, "getxattr");
        Add<GetXattrIn>(table, Opcode.ListXattr, "listxattr");
        Add(table, Opcode.RemoveXattr, "removexattr", 0, mutates: true);
    }

    private static void AddConnection(OpcodeInfo[] table)
    {
        table[(int)Opcode.Init] = new OpcodeInfo(
            "init", (ushort)Unsafe.SizeOf<InitIn>(), ShortInitLength, Mutates: false, HasReply: true, IsKnown: true);
        Add(table, Opcode.Destroy, "destroy", 0);
        Add(table, Opcode.Statfs, "statfs", 0);
        Add<SyncFsIn>(table, Opcode.SyncFs, "syncfs");
        Add<ForgetIn>(table, Opcode.Forget, "forget", hasReply: false);
        Add<BatchForgetIn>(table, Opcode.BatchForget, "batch_forget", hasReply: false);
        Add<InterruptIn>(table, Opcode.Interrupt, "interrupt", hasReply: false);
        Add<NotifyRetrieveIn>(table, Opcode.NotifyReply, "notify_reply", hasReply: false);
    }

    private static void Add<T>(OpcodeInfo[] table, Opcode opcode, string name, bool mutates = false, bool hasReply = true)
        where T : unmanaged =>
        Add(table, opcode, name, Unsafe.SizeOf<T>(), mutates, hasReply);

    private static void Add(
        OpcodeInfo[] table, Opcode opcode, string name, int fixedLength, bool mutates = false, bool hasReply = true) =>
        table[(int)opcode] =
            new OpcodeInfo(name, (ushort)fixedLength, (ushort)fixedLength, mutates, hasReply, IsKnown: true);
}
