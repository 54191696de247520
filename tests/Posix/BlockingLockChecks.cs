using System.Diagnostics;

namespace ByteFuse.PosixSuite;

/// <summary>Locks that wait: granted when free, ended by a signal, refused when they would wait for ever.</summary>
internal static class BlockingLockChecks
{
    // Long enough for a thread to be parked in the kernel; a check that races merely tests less.
    private const int ParkMilliseconds = 100;

    // It takes some milliseconds; this only ends a check that fails.
    private const int KillMilliseconds = 20_000;

    private static readonly (string Name, bool OwnFiles, Func<long, long> Lock, Func<long, long> Unlock)[] Kinds =
    [
        ("flock", false, fd => Sys.Flock(fd, LOCK_EX), fd => Sys.Flock(fd, LOCK_UN)),
        ("POSIX", true, fd => Sys.FcntlLock(fd, F_SETLKW, F_WRLCK, 0, 10), fd => Sys.FcntlLock(fd, F_SETLK, F_UNLCK, 0, 10)),
        ("OFD", false, fd => Sys.FcntlLock(fd, F_OFD_SETLKW, F_WRLCK, 0, 10), fd => Sys.FcntlLock(fd, F_OFD_SETLK, F_UNLCK, 0, 10)),
    ];

    internal static CheckGroup Group { get; } = new("blocking locks",
    [
        .. Kinds.Select(kind => new Check($"{kind.Name}: a waiter waits and is granted at the unlock", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(kind.Lock(one));
            bool granted = false;
            TaskThread waiter = TaskThread.Start(() => { Ok(kind.Lock(two)); Volatile.Write(ref granted, true); }, ownFiles: kind.OwnFiles);
            Thread.Sleep(ParkMilliseconds);
            True(!Volatile.Read(ref granted), "the waiter waits");
            Ok(kind.Unlock(one));
            waiter.Join();
            True(granted);
        })),
        .. Kinds.Select(kind => new Check($"{kind.Name}: a signal ends the wait with EINTR and leaves no lock", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(kind.Lock(one));
            long result = 0;
            TaskThread waiter = TaskThread.Start(() => result = kind.Lock(two), ownFiles: kind.OwnFiles);
            do
            {
                Thread.Sleep(ParkMilliseconds);
                waiter.Signal(SIGUSR1);
            }
            while (!waiter.Join(TimeSpan.FromMilliseconds(ParkMilliseconds)));
            Fails(EINTR, result);
            Ok(kind.Unlock(one));
            long three = f.Open("a", O_RDWR);
            Ok(kind.Lock(three));
        })),
        .. Kinds.Where(kind => kind.Name != "POSIX").Select(kind => new Check($"{kind.Name}: a close grants the waiter", f =>
        {
            (_, long two) = FlockChecks.Two(f);
            long one = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC));
            Ok(kind.Lock(one));
            TaskThread waiter = TaskThread.Start(() => Ok(kind.Lock(two)));
            Thread.Sleep(ParkMilliseconds);
            Ok(Sys.Close(one));
            waiter.Join();
        })),
        .. Kinds.Select(kind => new Check($"{kind.Name}: eight waiters are all granted, one at a time", f =>
        {
            f.Create("a");
            int inside = 0, most = 0, total = 0;
            List<TaskThread> threads = [.. Enumerable.Range(0, 8).Select(_ => TaskThread.Start(
                () =>
                {
                    long fd = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC));
                    for (int i = 0; i < 5; i++)
                    {
                        Ok(kind.Lock(fd));
                        most = Math.Max(most, Interlocked.Increment(ref inside));
                        Thread.Sleep(1);
                        Interlocked.Increment(ref total);
                        Interlocked.Decrement(ref inside);
                        Ok(kind.Unlock(fd));
                    }
                    Sys.Close(fd);
                },
                ownFiles: kind.OwnFiles))];
            threads.ForEach(thread => thread.Join());
            Same(1, most);
            Same(40, total);
        })),
        new("flock: readers wait for a writer and come in together", f =>
        {
            f.Create("a");
            long writer = f.Open("a", O_RDWR);
            Ok(Sys.Flock(writer, LOCK_EX));
            using var together = new Barrier(3);
            List<TaskThread> readers = [.. Enumerable.Range(0, 3).Select(_ => TaskThread.Start(() =>
            {
                long fd = Ok(Sys.Open("a", O_RDWR | O_CLOEXEC));
                Ok(Sys.Flock(fd, LOCK_SH));
                together.SignalAndWait();
                Ok(Sys.Close(fd));
            }))];
            Thread.Sleep(ParkMilliseconds);
            Ok(Sys.Flock(writer, LOCK_UN));
            readers.ForEach(reader => reader.Join());
        }),
        new("POSIX: two owners that wait for each other: one gets EDEADLK", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            long first = 0, second = 0;
            using var ready = new Barrier(2);
            TaskThread left = TaskThread.Start(() => first = Crossed(one, 0, 10, ready), ownFiles: true);
            TaskThread right = TaskThread.Start(() => second = Crossed(two, 10, 0, ready), ownFiles: true);
            left.Join();
            right.Join();
            True((first, second) is (-EDEADLK, 0) or (0, -EDEADLK), $"{ErrnoName(first)}, {ErrnoName(second)}");
        }),
        new("POSIX: a waiter for part of a range is granted when that part is free", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 100));
            TaskThread waiter = TaskThread.Start(() => Ok(Sys.FcntlLock(two, F_SETLKW, F_WRLCK, 10, 10)), ownFiles: true);
            Thread.Sleep(ParkMilliseconds);
            Ok(Sys.FcntlLock(one, F_SETLK, F_UNLCK, 10, 10));
            waiter.Join();
            PosixLockChecks.Other(() => PosixLockChecks.Found(two, 0, 0, F_WRLCK, 0, 10));
        }),
        new("POSIX: the close of another descriptor by the holder grants the waiter", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
            TaskThread waiter = TaskThread.Start(() => Ok(Sys.FcntlLock(two, F_SETLKW, F_WRLCK, 0, 10)), ownFiles: true);
            Thread.Sleep(ParkMilliseconds);
            Ok(Sys.Close(Ok(Sys.Open("a", O_RDONLY))));
            waiter.Join();
        }),
        new("POSIX: the end of the holder grants the waiter", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            using var locked = new ManualResetEventSlim();
            TaskThread holder = TaskThread.Start(
                () =>
                {
                    Ok(Sys.FcntlLock(one, F_SETLK, F_WRLCK, 0, 10));
                    locked.Set();
                    Thread.Sleep(ParkMilliseconds);
                },
                ownFiles: true);
            locked.Wait();
            Ok(Sys.FcntlLock(two, F_SETLKW, F_WRLCK, 0, 10));
            holder.Join();
        }),
        .. new[] { ("flock", "flock F, LOCK_EX"), ("POSIX", "$l = pack 's s x4 q q i x4', F_WRLCK, 0, 0, 10, 0; fcntl F, F_SETLKW, $l") }.Select(kind =>
            new Check($"{kind.Item1}: kill -9 ends a process that waits, and it leaves no lock", f =>
            {
                (long one, long two) = FlockChecks.Two(f);
                Ok(Sys.Flock(one, LOCK_EX));
                Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_WRLCK, 0, 10));
                using Process waiter = Process.Start(new ProcessStartInfo("perl", ["-MFcntl=:DEFAULT,:flock", "-e",
                    $"$| = 1; open F, '+<', '{f.Path}/a' or die; print \"waits\\n\"; {kind.Item2}; print \"has it\\n\"; sleep 60"])
                    { WorkingDirectory = "/", RedirectStandardOutput = true })!;
                Same("waits", waiter.StandardOutput.ReadLine());
                Thread.Sleep(ParkMilliseconds);
                Ok(Sys.Kill(waiter.Id, SIGKILL));
                // While the lock is still held. A process that cannot be killed would keep the mount busy, too.
                True(waiter.WaitForExit(KillMilliseconds), "the process has ended");
                Same("", waiter.StandardOutput.ReadToEnd());
                Ok(Sys.Flock(one, LOCK_UN));
                Ok(Sys.FcntlLock(one, F_OFD_SETLK, F_UNLCK, 0, 10));
                FlockChecks.EventuallyGranted(() => Sys.Flock(two, LOCK_EX | LOCK_NB));
                FlockChecks.EventuallyGranted(() => Sys.FcntlLock(two, F_OFD_SETLK, F_WRLCK, 0, 10));
            })),
        new("while one waits, others use the same file", f =>
        {
            (long one, long two) = FlockChecks.Two(f);
            Ok(Sys.Flock(one, LOCK_EX));
            TaskThread waiter = TaskThread.Start(() => Ok(Sys.Flock(two, LOCK_EX)));
            Thread.Sleep(ParkMilliseconds);
            Ok(Sys.Pwrite(one, "x"u8, 0));
            Same("x123456789", f.Content("a"));
            Ok(Sys.Flock(one, LOCK_UN));
            waiter.Join();
        }),
    ]);

    private static long Crossed(long fd, long mine, long theirs, Barrier ready)
    {
        Ok(Sys.FcntlLock(fd, F_SETLK, F_WRLCK, mine, 10));
        ready.SignalAndWait();
        long result = Sys.FcntlLock(fd, F_SETLKW, F_WRLCK, theirs, 10);
        Sys.FcntlLock(fd, F_SETLK, F_UNLCK, 0, 0);
        return result;
    }
}
