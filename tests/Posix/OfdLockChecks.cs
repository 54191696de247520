namespace ByteFuse.PosixSuite;

/// <summary>Open file description locks: owned by the open, not by the process.</summary>
internal static class OfdLockChecks
{
    internal static CheckGroup Group { get; } = new("ofd locks",
    [
        new("two opens of one process conflict", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
            Fails(EAGAIN, Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 5, 10));
            Ok(Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 10, 10));
        }),
        new("readers share", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_RDLCK, 0, 0));
            Ok(Sys.FcntlLock(two, F_OFD_SETLK, F_RDLCK, 0, 0));
            Fails(EAGAIN, Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 0, 0));
        }),
        new("they conflict with POSIX locks of the same process", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
            Fails(EAGAIN, Sys.FcntlLock(two, F_SETLK, F_WRLCK, 0, 10));
        }),
        new("POSIX locks conflict with them", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            Fails(EAGAIN, Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
        }),
        new("closing another descriptor of the file keeps them", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.Close(Ok(Sys.Open("a", O_RDWR))));
            Fails(EAGAIN, Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
        }),
        new("the last close of the open drops them", f =>
        {
            (_, long two) = FlockChecks.Two(f);
            long one = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC)), duplicate = Ok(Sys.Dup(one));
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.Close(one));
            Fails(EAGAIN, Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
            Ok(Sys.Close(duplicate));
            FlockChecks.EventuallyGranted(() => Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
        }),
        new("F_OFD_GETLK finds the conflict and names no process", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 3, 4));
            var range = new LockRange { Type = F_WRLCK };
            Ok(Sys.FcntlLock(two, F_OFD_GETLK, ref range));
            Same(F_WRLCK, range.Type);
            Same(3L, range.Start);
            Same(4L, range.Length);
            Same(-1, range.Pid);
        }),
        new("a pid in the request is EINVAL", f =>
        {
            var range = new LockRange { Type = F_WRLCK, Pid = 1 };
            Fails(EINVAL, Sys.FcntlLock(FlockChecks.Two(f).One, F_OFD_SETLK, ref range));
        }),
        new("ranges split and merge", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 30));
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_UNLCK, 10, 10));
            PosixLockChecks.Found(two, 0, 0, F_WRLCK, 0, 10, F_OFD_GETLK);
            PosixLockChecks.Found(two, 15, 0, F_WRLCK, 20, 10, F_OFD_GETLK);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 10, 10));
            PosixLockChecks.Found(two, 0, 0, F_WRLCK, 0, 30, F_OFD_GETLK);
        }),
        new("another thread of other descriptors shares them through the same open", f =>
        {
            (long one, _) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
            PosixLockChecks.Other(() => Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10)));
        }),
    ]);
}
