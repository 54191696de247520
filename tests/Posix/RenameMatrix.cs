namespace ByteFuse.PosixSuite;

/// <summary>renameat2(2): every type onto every type, with each flag.</summary>
internal static class RenameMatrix
{
    private static readonly string[] Sources = ["file", "empty-dir", "full-dir", "to-nothing", "fifo", "device"];
    private static readonly string[] Targets = ["absent", "file", "empty-dir", "full-dir", "to-nothing", "socket"];
    private static readonly (string Name, int Flags)[] Flags =
    [
        ("rename", 0), ("NOREPLACE", RENAME_NOREPLACE), ("EXCHANGE", RENAME_EXCHANGE), ("WHITEOUT", RENAME_WHITEOUT),
    ];

    internal static CheckGroup Group { get; } = new("rename matrix",
    [
        .. from flag in Flags
           from source in Sources
           from target in Targets
           let errno = Expected(source, target, flag.Flags)
           select new Check(
               $"{flag.Name} {source} onto {target}: {(errno == 0 ? "succeeds" : ErrnoName(errno))}",
               f => RenameOne(f, source, target, flag.Flags, errno)),
    ]);

    // fs/namei.c vfs_rename: may_delete's ENOTDIR and EISDIR first, then the file system's ENOTEMPTY.
    private static int Expected(string source, string target, int flags)
    {
        bool sourceIsDirectory = source.EndsWith("-dir", StringComparison.Ordinal);
        bool targetIsDirectory = target.EndsWith("-dir", StringComparison.Ordinal);
        if ((flags & RENAME_EXCHANGE) != 0)
            return target == "absent" ? ENOENT : 0;
        if (target == "absent")
            return 0;
        if ((flags & RENAME_NOREPLACE) != 0)
            return EEXIST;
        if (sourceIsDirectory && !targetIsDirectory)
            return ENOTDIR;
        if (!sourceIsDirectory && targetIsDirectory)
            return EISDIR;
        return target == "full-dir" ? ENOTEMPTY : 0;
    }

    private static void Make(CheckFolder f, string kind, string name)
    {
        if (kind is "empty-dir" or "full-dir")
            f.Mkdir(name);
        else
            OpenChecks.Make(f, kind, name);
        if (kind == "full-dir")
            f.Create(name + "/inside");
    }

    private static void RenameOne(CheckFolder f, string source, string target, int flags, int errno)
    {
        f.Mkdir("from");
        f.Mkdir("to");
        Make(f, source, "from/s");
        Make(f, target, "to/t");
        ulong sourceInode = LstatOf("from/s").Inode;
        ulong targetInode = target == "absent" ? 0 : LstatOf("to/t").Inode;
        Result(errno, Sys.Rename2("from/s", "to/t", flags), $"rename {source} onto {target}");

        if (errno != 0)
        {
            Same(sourceInode, LstatOf("from/s").Inode);
            if (target != "absent")
                Same(targetInode, LstatOf("to/t").Inode);
            return;
        }
        Same(sourceInode, LstatOf("to/t").Inode);
        if (source == "full-dir")
            Same("inside", string.Join(' ', f.Names("to/t")));
        if (flags == RENAME_EXCHANGE)
        {
            Same(targetInode, LstatOf("from/s").Inode);
        }
        else if (flags == RENAME_WHITEOUT)
        {
            FileStatus whiteout = LstatOf("from/s");
            Same(S_IFCHR, whiteout.Type);
            Same(0u, whiteout.RdevMajor + whiteout.RdevMinor);
        }
        else
        {
            Fails(ENOENT, Sys.Lstat("from/s", out _));
        }
        Same(2u + Subfolders("from/s"), StatOf("from").LinkCount);
        Same(2u + Subfolders("to/t"), StatOf("to").LinkCount);
    }

    private static uint Subfolders(string path) =>
        Sys.Lstat(path, out FileStatus status) == 0 && status.Type == S_IFDIR ? 1u : 0u;
}
