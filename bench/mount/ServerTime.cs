using ByteFuse.Testing;

namespace ByteFuse.MountBench;

/// <summary>
/// Time that all threads of a process have run, in user space and in the kernel: what their schedstat files count, with that of
/// threads that have ended.
/// </summary>
public readonly record struct ServerTime(TimeSpan Run)
{
    public static ServerTime Of(int pid)
    {
        long nanoseconds = Sys.ProcessTime(pid);
        return nanoseconds >= 0 ? new ServerTime(TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick))
            : throw new IOException($"time of process {pid}: {Abi.ErrnoName(nanoseconds)}");
    }

    public TimeSpan Since(ServerTime before) => Run - before.Run;
}
