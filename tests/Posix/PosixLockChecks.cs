namespace ByteFuse.PosixSuite;

/// <summary>
/// POSIX record locks. The other owner is a thread with descriptors of its own (see TaskThread); when it ends its descriptors
/// close, and its locks go.
/// </summary>
internal static class PosixLockChecks
{
    // What the other owner sees after these steps of ours on bytes: (type, start, length)*, then probes (write lock asked for
    // at start, length -> conflict found: type, start, length; type F_UNLCK: none).
    private static readonly (string Name, (short, long, long)[] Steps, (long, long, short, long, long)[] Probes)[] Ranges =
    [
        ("one range", [(F_WRLCK, 10, 10)],
            [(0, 10, F_UNLCK, 0, 0), (20, 10, F_UNLCK, 0, 0), (9, 2, F_WRLCK, 10, 10), (19, 100, F_WRLCK, 10, 10)]),
        ("length 0 reaches to the end of all files", [(F_WRLCK, 10, 0)],
            [(0, 10, F_UNLCK, 0, 0), (1L << 60, 10, F_WRLCK, 10, 0)]),
        ("neighbours of one type merge", [(F_WRLCK, 0, 10), (F_WRLCK, 10, 10)], [(5, 1, F_WRLCK, 0, 20)]),
        ("overlapping ranges of one type merge", [(F_RDLCK, 0, 15), (F_RDLCK, 10, 10)], [(5, 1, F_RDLCK, 0, 20)]),
        ("unlocking the middle splits", [(F_WRLCK, 0, 30), (F_UNLCK, 10, 10)],
            [(10, 10, F_UNLCK, 0, 0), (0, 10, F_WRLCK, 0, 10), (20, 100, F_WRLCK, 20, 10)]),
        ("unlocking the start shortens", [(F_WRLCK, 0, 30), (F_UNLCK, 0, 10)], [(0, 10, F_UNLCK, 0, 0), (10, 1, F_WRLCK, 10, 20)]),
        ("unlocking the end shortens", [(F_WRLCK, 0, 30), (F_UNLCK, 20, 0)], [(20, 0, F_UNLCK, 0, 0), (0, 1, F_WRLCK, 0, 20)]),
        ("another type in the middle splits in three", [(F_WRLCK, 0, 30), (F_RDLCK, 10, 10)],
            [(0, 1, F_WRLCK, 0, 10), (10, 1, F_RDLCK, 10, 10), (20, 1, F_WRLCK, 20, 10)]),
        ("a later lock over all replaces", [(F_RDLCK, 5, 5), (F_RDLCK, 20, 5), (F_WRLCK, 0, 100)], [(50, 1, F_WRLCK, 0, 100)]),
        ("unlocking all at once", [(F_RDLCK, 5, 5), (F_WRLCK, 20, 5), (F_UNLCK, 0, 0)], [(0, 0, F_UNLCK, 0, 0)]),
        ("a gap between two stays free", [(F_WRLCK, 0, 10), (F_WRLCK, 11, 10)], [(10, 1, F_UNLCK, 0, 0), (0, 30, F_WRLCK, 0, 10)]),
    ];

    internal static CheckGroup Group { get; } = new("posix locks",
    [
        .. Ranges.Select(row => new Check($"ranges: {row.Name}", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            foreach ((short type, long start, long length) in row.Steps)
                Ok(Sys.FcntlLock(one, F_SETLK, type, start, length));
            Other(() =>
            {
                foreach ((long start, long length, short type, long foundStart, long foundLength) in row.Probes)
                    Found(two, start, length, type, foundStart, foundLength);
            });
        })),
        .. new[]
        {
            (F_RDLCK, F_RDLCK, 0), (F_RDLCK, F_WRLCK, EAGAIN), (F_WRLCK, F_RDLCK, EAGAIN), (F_WRLCK, F_WRLCK, EAGAIN),
        }.Select(row => new Check($"{Name(row.Item1)} held, {Name(row.Item2)} asked by another: {ErrnoName(row.Item3)}", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, row.Item1, 0, 0));
            Other(() => Result(row.Item3, Sys.FcntlLock(two, F_SETLK, row.Item2, 0, 0)));
        })),
        new("one owner's locks through two descriptors are one", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.FcntlLock(two, F_SETLK, F_UNLCK, 0, 10));
            Other(() => Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10)));
        }),
        new("closing any descriptor of the file drops the owner's locks", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.Close(Ok(Sys.Open("a", O_RDONLY))));
            Other(() => Ok(Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10)));
        }),
        new("closing another file's descriptor keeps them", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            f.Create("b");
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.Close(Ok(Sys.Open("b", O_RDONLY))));
            Other(() => Fails(EAGAIN, Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10)));
        }),
        new("the end of the owner drops them", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Other(() => Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10)));
            // The runtime tells of a thread's end a moment before the kernel closes its descriptors.
            Ok(Sys.FcntlLock(two, F_SETLKW, F_WRLCK, 0, 10));
        }),
        new("F_GETLK names the holder's process", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 3, 4));
            Other(() =>
            {
                var range = new LockRange { Type = F_WRLCK };
                Ok(Sys.FcntlLock(two, F_GETLK, ref range));
                Same((int)Sys.Getpid(), range.Pid);
                Same((short)SEEK_SET, range.Whence);
            });
        }),
        new("F_GETLK sees no conflict with one's own lock", f =>
        {
            (long one, _) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Found(one, 0, 10, F_UNLCK, 0, 10);
        }),
        new("a write lock needs a descriptor open for writing", f =>
        {
            f.Create("a");
            long fd = f.Open("a", O_RDONLY);
            Fails(EBADF, Sys.FcntlLock(fd, F_SETLK, F_WRLCK, 0, 1));
            Ok(Sys.FcntlLock(fd, F_SETLK, F_RDLCK, 0, 1));
        }),
        new("a read lock needs a descriptor open for reading", f =>
        {
            f.Create("a");
            Fails(EBADF, Sys.FcntlLock(f.Open("a", O_WRONLY), F_SETLK, F_RDLCK, 0, 1));
        }),
        new("SEEK_CUR and SEEK_END count from there", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.Lseek(one, 4, SEEK_SET));
            var current = new LockRange { Type = F_WRLCK, Whence = SEEK_CUR, Start = 1, Length = 2 };
            Ok(Sys.FcntlLock(one, F_SETLK, ref current));
            var end = new LockRange { Type = F_WRLCK, Whence = SEEK_END, Start = -1, Length = 5 };
            Ok(Sys.FcntlLock(one, F_SETLK, ref end));
            Other(() =>
            {
                Found(two, 0, 8, F_WRLCK, 5, 2);
                Found(two, 8, 100, F_WRLCK, 9, 5);
            });
        }),
        new("a negative length locks backwards", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 20, -5));
            Other(() => Found(two, 0, 0, F_WRLCK, 15, 5));
        }),
        new("a range before byte 0 is EINVAL", f =>
        {
            (long one, _) = FlockChecks.Two(f);
            Fails(EINVAL, Sys.FcntlLock(one, F_SETLK, F_WRLCK, -1, 10));
            Fails(EINVAL, Sys.FcntlLock(one, F_SETLK, F_WRLCK, 3, -5));
            Fails(EINVAL, Sys.FcntlLock(one, F_SETLK, 7, 0, 10));
        }),
        new("past the largest offset is EOVERFLOW", f =>
            Fails(EOVERFLOW, Sys.FcntlLock(FlockChecks.Two(f).One, F_SETLK, F_WRLCK, long.MaxValue, 10))),
        new("a read lock becomes a write lock", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_RDLCK, 0, 10));
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Other(() => Fails(EAGAIN, Sys.FcntlLock(two, F_SETLK, F_RDLCK, 0, 10)));
        }),
        new("an upgrade that another reader forbids keeps the read lock", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_RDLCK, 0, 10));
            Other(() =>
            {
                Ok(Sys.FcntlLock(two, F_SETLK, F_RDLCK, 0, 10));
                Fails(EAGAIN, Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10));
                Found(two, 0, 10, F_RDLCK, 0, 10);
            });
        }),
        new("200 ranges of one owner", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            for (int i = 0; i < 200; i++)
                Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, i * 10, 5));
            Other(() =>
            {
                for (int i = 0; i < 200; i += 13)
                {
                    Found(two, i * 10, 10, F_WRLCK, i * 10, 5);
                    Found(two, (i * 10) + 5, 5, F_UNLCK, 0, 0);
                }
            });
            Ok(Sys.FcntlLock(one, F_SETLK, F_UNLCK, 0, 0));
            Other(() => Ok(Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 0)));
        }),
        new("locks of an unlinked file", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.Unlink("a"));
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Other(() => Fails(EAGAIN, Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10)));
        }),
        new("locks through two links of a file meet", f =>
        {
            (long one, _) = FlockChecks.Two(f);
            Ok(Sys.Link("a", "b"));
            long two = f.Open("b", O_RDWR);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Other(() => Fails(EAGAIN, Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10)));
        }),
    ]);

    internal static void Other(Action body) => TaskThread.Run(body, ownFiles: true);

    /// <summary>Asks for a write lock on the range; the conflict found must be this one.</summary>
    internal static void Found(long fd, long start, long length, short type, long foundStart, long foundLength, int command = F_GETLK)
    {
        var range = new LockRange { Type = F_WRLCK, Start = start, Length = length };
        Ok(Sys.FcntlLock(fd, command, ref range));
        Same(type, range.Type);
        if (type == F_UNLCK)
            return;
        Same(foundStart, range.Start);
        Same(foundLength, range.Length);
    }

    private static string Name(short type) => type == F_RDLCK ? "read" : "write";
}
