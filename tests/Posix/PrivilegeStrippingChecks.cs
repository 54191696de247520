namespace ByteFuse.PosixSuite;

/// <summary>
/// Whoever changes a file takes its suid and sgid bits and its capabilities (fs/attr.c setattr_should_drop_suidgid and
/// setattr_should_drop_sgid, fs/inode.c file_remove_privs), CAP_FSETID keeping the bits upon writes but not upon chown.
/// </summary>
internal static class PrivilegeStrippingChecks
{
    private const int Alice = CheckFolder.Alice, Staff = CheckFolder.Staff;

    // A valid security.capability: VFS_CAP_REVISION_2, effective, permitted CAP_NET_RAW.
    private static readonly byte[] Capability = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static readonly (string Name, bool IsWrite, Func<long> Call)[] Calls =
    [
        ("write", true, () => With(O_WRONLY, fd => Sys.Write(fd, "x"u8))),
        ("pwrite", true, () => With(O_WRONLY, fd => Sys.Pwrite(fd, "x"u8, 10))),
        ("append", true, () => With(O_WRONLY | O_APPEND, fd => Sys.Write(fd, "x"u8))),
        ("truncate", true, () => Sys.Truncate("x", 1)),
        ("ftruncate", true, () => With(O_WRONLY, fd => Sys.Ftruncate(fd, 1))),
        ("truncate to the same size", true, () => Sys.Truncate("x", 4)),
        ("open O_TRUNC", true, () => With(O_WRONLY | O_TRUNC, _ => 0)),
        ("fallocate", true, () => With(O_WRONLY, fd => Sys.Fallocate(fd, 0, 0, 8192))),
        ("punch hole", true, () => With(O_WRONLY, fd => Sys.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096))),
        ("copy_file_range", true, () => With(O_WRONLY, fd => Sys.CopyFileRange(Ok(Sys.Open("source", O_RDONLY | O_CLOEXEC)), 0, fd, 0, 4))),
        ("chown to the same owner", false, () => Sys.Chown("x", Alice, -1)),
        ("chgrp", false, () => Sys.Chown("x", -1, Staff)),
    ];

    // The bits of each mode that remain: after a user's write, a user's chown, root's write, root's chown.
    private static readonly (int Mode, int UserWrite, int UserChown, int RootWrite, int RootChown)[] Modes =
    [
        (4755, 755, 755, 4755, 755),
        (2755, 755, 755, 2755, 755),
        (6755, 755, 755, 6755, 755),
        (6777, 777, 777, 6777, 777),
        // Without group execution the bit is no privilege (mandatory locking, once): a member of the group keeps it.
        (2745, 2745, 2745, 2745, 2745),
        (1755, 1755, 1755, 1755, 1755),
    ];

    internal static CheckGroup Group { get; } = new("privilege stripping",
    [
        .. from call in Calls
           from mode in Modes
           from user in new[] { true, false }
           let left = user ? (call.IsWrite ? mode.UserWrite : mode.UserChown) : (call.IsWrite ? mode.RootWrite : mode.RootChown)
           select new Check($"{call.Name} by {(user ? "the owner" : "root")} turns {mode.Mode} into {left}", f =>
           {
               Prepare(f, mode.Mode);
               Ok(user ? f.AsAlice(call.Call, Staff) : call.Call(), call.Name);
               SameMode(Octal(left), StatOf("x").Mode);
           }),
        .. from call in Calls
           from user in new[] { true, false }
           select new Check($"{call.Name} by {(user ? "the owner" : "root")} removes security.capability", f =>
           {
               Prepare(f, 755);
               Ok(Sys.SetXattr("x", "security.capability", Capability));
               Ok(user ? f.AsAlice(call.Call, Staff) : call.Call(), call.Name);
               Fails(ENODATA, Sys.GetXattr("x", "security.capability", new byte[100]));
           }),
        new("security.capability comes back as set", f =>
        {
            Prepare(f, 755);
            Ok(Sys.SetXattr("x", "security.capability", Capability));
            var value = new byte[100];
            Same(20L, Sys.GetXattr("x", "security.capability", value));
            SameBytes(Capability, value.AsSpan(0, 20));
        }),
        new("security.capability as a user is EPERM", f =>
        {
            Prepare(f, 755);
            Fails(EPERM, f.AsAlice(() => Sys.SetXattr("x", "security.capability", Capability)));
        }),
        new("a malformed security.capability is EINVAL", f =>
        {
            Prepare(f, 755);
            Fails(EINVAL, Sys.SetXattr("x", "security.capability", "abc"u8));
        }),
        new("a write of zero bytes strips nothing", f =>
        {
            Prepare(f, 4755);
            Ok(f.AsAlice(() => With(O_WRONLY, fd => Sys.Write(fd, []))));
            SameMode(Octal(4755), StatOf("x").Mode);
        }),
        new("reading, opening for writing and chmod strip nothing", f =>
        {
            Prepare(f, 4755);
            Ok(Sys.SetXattr("x", "security.capability", Capability));
            Ok(f.AsAlice(() => With(O_RDWR, fd => Sys.Read(fd, new byte[4]))));
            SameMode(Octal(4755), StatOf("x").Mode);
            Ok(f.AsAlice(() => Sys.Chmod("x", Octal(4711))));
            SameMode(Octal(4711), StatOf("x").Mode);
            Ok(Sys.GetXattr("x", "security.capability", new byte[100]));
        }),
        new("a write by a stranger with permission strips", f =>
        {
            Prepare(f, 6777);
            Ok(f.AsBob(() => With(O_WRONLY, fd => Sys.Write(fd, "x"u8))));
            SameMode(Octal(777), StatOf("x").Mode);
        }),
        new("a write by a stranger takes setgid without group execution", f =>
        {
            Prepare(f, 2766);
            Ok(f.AsBob(() => With(O_WRONLY, fd => Sys.Write(fd, "x"u8))));
            SameMode(Octal(766), StatOf("x").Mode);
        }),
        new("chown of a folder keeps its setgid and suid bits", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Chmod("d", Octal(6755)));
            Ok(Sys.Chown("d", Alice, Staff));
            SameMode(Octal(6755), StatOf("d").Mode);
        }),
        new("chown by a user that fails strips nothing", f =>
        {
            Prepare(f, 6755);
            Fails(EPERM, f.AsAlice(() => Sys.Chown("x", 0, -1), Staff));
            SameMode(Octal(6755), StatOf("x").Mode);
        }),
        new("a second write by a descriptor strips again after chmod", f =>
        {
            Prepare(f, 4755);
            Ok(f.AsAlice(() => With(O_WRONLY, fd =>
            {
                Ok(Sys.Write(fd, "x"u8));
                SameMode(Octal(755), StatOf("x").Mode);
                Ok(Sys.Chmod("x", Octal(4755)));
                return Ok(Sys.Write(fd, "x"u8));
            })));
            SameMode(Octal(755), StatOf("x").Mode);
        }),
    ]);

    private static void Prepare(CheckFolder f, int mode)
    {
        f.Create("x", 644, "data");
        f.Create("source", 644, "from");
        f.Own("x", Alice, Alice);
        Ok(Sys.Chmod("x", Octal(mode)));
    }

    private static long With(int flags, Func<long, long> body)
    {
        long fd = Ok(Sys.Open("x", flags | O_CLOEXEC));
        long result = body(fd);
        Sys.Close(fd);
        return result;
    }
}
