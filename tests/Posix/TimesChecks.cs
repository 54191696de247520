namespace ByteFuse.PosixSuite;

/// <summary>Setting times, birth time, precision.</summary>
internal static class TimesChecks
{
    // ext4 keeps 34 bits of seconds, from 1901 to 2446.
    private static readonly (long Seconds, long Nanoseconds)[] Stamps =
    [
        (0, 0), (0, 1), (1, 999_999_999), (1_700_000_000, 123_456_789), (-1, 0), (-1, 500_000_000), (-86400, 7),
        (int.MaxValue, 0), ((long)int.MaxValue + 1, 5), (4_294_967_296, 0), (10_000_000_000, 999_999_999), (int.MinValue, 0),
    ];

    internal static CheckGroup Group { get; } = new("times",
    [
        .. Stamps.Select(stamp => new Check($"{stamp.Seconds}.{stamp.Nanoseconds:D9} is kept exactly", f =>
        {
            f.Create("a");
            Ok(Sys.UtimensAt(AT_FDCWD, "a", stamp.Seconds, stamp.Nanoseconds, stamp.Seconds + 1, stamp.Nanoseconds));
            FileStatus status = StatOf("a");
            Same(new Timestamp(stamp.Seconds, (uint)stamp.Nanoseconds), status.AccessTime);
            Same(new Timestamp(stamp.Seconds + 1, (uint)stamp.Nanoseconds), status.ModifyTime);
        })),
        new("a new file has all four times alike and recent", f =>
        {
            DateTimeOffset before = DateTimeOffset.UtcNow;
            f.Create("a");
            FileStatus status = StatOf("a");
            Same(status.BirthTime, status.ModifyTime);
            Same(status.BirthTime, status.ChangeTime);
            Same(status.BirthTime, status.AccessTime);
            True(Math.Abs(status.BirthTime.Seconds - before.ToUnixTimeSeconds()) <= 2);
        }),
        new("statx delivers the birth time", f =>
        {
            f.Create("a");
            FileStatus status = StatOf("a");
            True((status.Mask & STATX_BTIME) != 0);
            True(status.BirthTime.Seconds > 0);
        }),
        new("the birth time outlives writes, renames and utimensat", f =>
        {
            f.Create("a");
            Timestamp birth = StatOf("a").BirthTime;
            CheckFolder.Tick();
            Ok(Sys.Truncate("a", 10));
            Ok(Sys.Rename("a", "b"));
            Ok(Sys.UtimensAt(AT_FDCWD, "b", 5, 0, 5, 0));
            Same(birth, StatOf("b").BirthTime);
        }),
        new("folders and links have a birth time", f =>
        {
            f.Mkdir("d");
            Ok(Sys.Symlink("t", "l"));
            True((LstatOf("d").Mask & LstatOf("l").Mask & STATX_BTIME) != 0);
            True(LstatOf("l").BirthTime >= LstatOf("d").BirthTime);
        }),
        new("times have a resolution finer than a second", f =>
        {
            bool fraction = false;
            for (int i = 0; i < 5 && !fraction; i++)
            {
                f.Create($"a{i}");
                fraction = StatOf($"a{i}").ModifyTime.Nanoseconds % 1_000_000_000 != 0;
                CheckFolder.Tick();
            }
            True(fraction);
        }),
        new("UTIME_NOW sets the present, UTIME_OMIT nothing", f =>
        {
            f.Create("a");
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 6, 0));
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 0, UTIME_NOW, 0, UTIME_OMIT));
            FileStatus status = StatOf("a");
            True(Math.Abs(status.AccessTime.Seconds - DateTimeOffset.UtcNow.ToUnixTimeSeconds()) <= 2);
            Same(new Timestamp(6, 0), status.ModifyTime);
        }),
        new("no times at all sets both to the same present", f =>
        {
            f.Create("a");
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 6, 0));
            Ok(Sys.UtimensNow("a"));
            FileStatus status = StatOf("a");
            Same(status.AccessTime, status.ModifyTime);
            True(status.ModifyTime.Seconds > 1000);
        }),
        new("nanoseconds of 1000000000 are EINVAL", f =>
        {
            f.Create("a");
            Fails(EINVAL, Sys.UtimensAt(AT_FDCWD, "a", 0, 1_000_000_000, 0, 0));
            Fails(EINVAL, Sys.UtimensAt(AT_FDCWD, "a", 0, 0, 0, -1));
        }),
        new("futimens of an unlinked file", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Unlink("a"));
            Ok(Sys.Futimens(fd, 7, 0, 8, 0));
            Same(new Timestamp(8, 0), FstatOf(fd).ModifyTime);
        }),
        new("futimens of a descriptor open for reading", f =>
        {
            f.Create("a");
            Ok(Sys.Futimens(f.Open("a", O_RDONLY), 7, 0, 8, 0));
        }),
        new("AT_SYMLINK_NOFOLLOW sets the link's times", f =>
        {
            f.Create("a");
            Ok(Sys.Symlink("a", "link"));
            Ok(Sys.UtimensAt(AT_FDCWD, "link", 7, 0, 8, 9, AT_SYMLINK_NOFOLLOW));
            Same(new Timestamp(8, 9), LstatOf("link").ModifyTime);
            True(StatOf("a").ModifyTime.Seconds > 1000);
        }),
        new("of a folder", f =>
        {
            f.Mkdir("d");
            Ok(Sys.UtimensAt(AT_FDCWD, "d", 7, 0, 8, 0));
            Same(new Timestamp(8, 0), StatOf("d").ModifyTime);
        }),
        new("a user who may write sets the present but no other time", f =>
        {
            f.Create("a", 666);
            Ok(f.AsAlice(() => Sys.UtimensNow("a")));
            Ok(f.AsAlice(() => Sys.UtimensAt(AT_FDCWD, "a", 0, UTIME_NOW, 0, UTIME_NOW)));
            Fails(EPERM, f.AsAlice(() => Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 5, 0)));
            Fails(EPERM, f.AsAlice(() => Sys.UtimensAt(AT_FDCWD, "a", 0, UTIME_NOW, 0, UTIME_OMIT)));
        }),
        new("a user who may not write sets no time", f =>
        {
            f.Create("a", 644);
            Fails(EACCES, f.AsAlice(() => Sys.UtimensNow("a")));
            Fails(EPERM, f.AsAlice(() => Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 5, 0)));
        }),
        new("the owner sets any time of a file that he may not write", f =>
        {
            f.Create("a", 444);
            f.Own("a");
            Ok(f.AsAlice(() => Sys.UtimensAt(AT_FDCWD, "a", 5, 0, 5, 0)));
            Ok(f.AsAlice(() => Sys.UtimensNow("a")));
        }),
        new("times set while a descriptor is open outlive its close", f =>
        {
            long fd = Ok(Sys.Open("a", O_RDWR | O_CREAT | O_CLOEXEC, Octal(644)));
            Ok(Sys.Write(fd, "data"u8));
            Ok(Sys.Futimens(fd, 7, 0, 8, 0));
            Ok(Sys.Close(fd));
            Same(new Timestamp(8, 0), StatOf("a").ModifyTime);
        }),
        new("mtime set, then a write: mtime is the present", f =>
        {
            long fd = f.Open("a", O_RDWR | O_CREAT, Octal(644));
            Ok(Sys.Futimens(fd, 7, 0, 8, 0));
            Ok(Sys.Write(fd, "data"u8));
            True(FstatOf(fd).ModifyTime.Seconds > 1000);
        }),
        new("an mtime in the future is kept until a write", f =>
        {
            f.Create("a");
            Ok(Sys.UtimensAt(AT_FDCWD, "a", 5_000_000_000, 0, 5_000_000_000, 0));
            Ok(Sys.Chmod("a", Octal(600)));
            Same(5_000_000_000, StatOf("a").ModifyTime.Seconds);
            long fd = f.Open("a", O_WRONLY);
            Ok(Sys.Write(fd, "x"u8));
            True(FstatOf(fd).ModifyTime.Seconds < 5_000_000_000);
        }),
    ]);
}
