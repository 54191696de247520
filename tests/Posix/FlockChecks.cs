namespace ByteFuse.PosixSuite;

/// <summary>flock(2): locks that belong to open file descriptions.</summary>
internal static class FlockChecks
{
    internal static CheckGroup Group { get; } = new("flock",
    [
        .. new[]
        {
            (LOCK_SH, LOCK_SH, 0), (LOCK_SH, LOCK_EX, EAGAIN), (LOCK_EX, LOCK_SH, EAGAIN), (LOCK_EX, LOCK_EX, EAGAIN),
        }.Select(row => new Check($"{Name(row.Item1)} held, {Name(row.Item2)} asked: {(row.Item3 == 0 ? "granted" : "EAGAIN")}", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Flock(one, row.Item1));
            Result(row.Item3, Sys.Flock(two, row.Item2 | LOCK_NB));
        })),
        new("unlock lets the other in", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Flock(one, LOCK_EX));
            Ok(Sys.Flock(one, LOCK_UN));
            Ok(Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("close lets the other in", f =>
        {
            (_, long two) = Two(f);
            long one = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC));
            Ok(Sys.Flock(one, LOCK_EX));
            Fails(EAGAIN, Sys.Flock(two, LOCK_EX | LOCK_NB));
            Ok(Sys.Close(one));
            EventuallyGranted(() => Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("the lock lasts until the last duplicate is closed", f =>
        {
            (_, long two) = Two(f);
            long one = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC)), duplicate = Ok(Sys.Dup(one));
            Ok(Sys.Flock(one, LOCK_EX));
            Ok(Sys.Close(one));
            Fails(EAGAIN, Sys.Flock(two, LOCK_EX | LOCK_NB));
            Ok(Sys.Close(duplicate));
            EventuallyGranted(() => Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("unlock through a duplicate unlocks", f =>
        {
            (long one, long two) = Two(f);
            long duplicate = Ok(Sys.Dup(one));
            f.Defer(() => Sys.Close(duplicate));
            Ok(Sys.Flock(one, LOCK_EX));
            Ok(Sys.Flock(duplicate, LOCK_UN));
            Ok(Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("closing another descriptor of the file keeps the lock", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Flock(one, LOCK_EX));
            Ok(Sys.Close(Ok(Sys.Open("a", O_RDWR))));
            Fails(EAGAIN, Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("shared becomes exclusive and back", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Flock(one, LOCK_SH));
            Ok(Sys.Flock(one, LOCK_EX));
            Fails(EAGAIN, Sys.Flock(two, LOCK_SH | LOCK_NB));
            Ok(Sys.Flock(one, LOCK_SH));
            Ok(Sys.Flock(two, LOCK_SH | LOCK_NB));
        }),
        new("a conversion that is refused loses the old lock, as Linux has it", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Flock(one, LOCK_SH));
            Ok(Sys.Flock(two, LOCK_SH));
            Fails(EAGAIN, Sys.Flock(one, LOCK_EX | LOCK_NB));
            Ok(Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("a descriptor open for reading takes an exclusive lock", f =>
        {
            f.Create("a");
            Ok(Sys.Flock(f.Open("a", O_RDONLY), LOCK_EX));
        }),
        new("a folder can be locked", f =>
        {
            long one = f.Open(".", O_RDONLY), two = f.Open(".", O_RDONLY);
            Ok(Sys.Flock(one, LOCK_EX));
            Fails(EAGAIN, Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("flock and POSIX locks do not see each other", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Flock(one, LOCK_EX));
            TaskThread.Run(() => Ok(Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 0)), ownFiles: true);
        }),
        new("an unlinked file can be locked", f =>
        {
            (long one, long two) = Two(f);
            Ok(Sys.Unlink("a"));
            Ok(Sys.Flock(one, LOCK_EX));
            Fails(EAGAIN, Sys.Flock(two, LOCK_EX | LOCK_NB));
        }),
        new("an unknown operation is EINVAL", f => Fails(EINVAL, Sys.Flock(Two(f).One, 0))),
        new("an O_PATH descriptor is EBADF", f =>
        {
            f.Create("a");
            Fails(EBADF, Sys.Flock(f.Open("a", O_PATH), LOCK_EX));
        }),
        new("unlock of what is not locked succeeds", f => Ok(Sys.Flock(Two(f).One, LOCK_UN))),
    ]);

    internal static (long One, long Two) Two(CheckFolder f)
    {
        f.Create("a", 666, "0123456789");
        return (f.Open("a", O_RDWR), f.Open("a", O_RDWR));
    }

    // The unlock at the last close is part of RELEASE on FUSE, which is asynchronous there by the kernel's design
    // (fs/fuse/file.c fuse_release_common): wait for it, at most as long as the watchdog lets us.
    internal static void EventuallyGranted(Func<long> tryLock)
    {
        long result;
        while ((result = tryLock()) == -EAGAIN)
            Thread.Sleep(1);
        Ok(result);
    }

    private static string Name(int operation) => operation == LOCK_SH ? "shared" : "exclusive";
}
