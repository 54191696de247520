using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace ByteFuse.Testing;

/// <summary>The calling thread: credentials, signals, what it shares; and Unix sockets.</summary>
public static unsafe partial class Sys
{
    public static long Getpid() => Call(SyscallNumber.Getpid);

    public static long Gettid() => Call(SyscallNumber.Gettid);

    public static long Kill(long pid, int signal) => Call(SyscallNumber.Kill, (nint)pid, signal);

    public static long Tgkill(long pid, long tid, int signal) => Call(SyscallNumber.Tgkill, (nint)pid, (nint)tid, signal);

    /// <summary>
    /// Nanoseconds that all threads of a process have run, ended ones included: clock_gettime(2) of clock_getcpuclockid(3).
    /// </summary>
    public static long ProcessTime(int pid)
    {
        // The kernel's encoding (include/linux/posix-timers_types.h): the process's number inverted, then CPUCLOCK_SCHED.
        int clock = (~pid << 3) | 2;
        long* time = stackalloc long[2];
        long error = Call(SyscallNumber.ClockGettime, clock, (nint)time);
        return error < 0 ? error : (time[0] * 1_000_000_000) + time[1];
    }

    public static int Umask(int mask) => (int)Call(SyscallNumber.Umask, mask);

    public static long Unshare(int flags) => Call(SyscallNumber.Unshare, flags);

    public static long Prctl(int option, long a = 0, long b = 0, long c = 0, long d = 0) =>
        Call(SyscallNumber.Prctl, option, (nint)a, (nint)b, (nint)c, (nint)d);

    /// <summary>setresuid(2) of this thread alone; -1 leaves an id as it is.</summary>
    public static long Setresuid(int real, int effective, int saved) => Call(SyscallNumber.Setresuid, real, effective, saved);

    public static long Setresgid(int real, int effective, int saved) => Call(SyscallNumber.Setresgid, real, effective, saved);

    public static long Setgroups(ReadOnlySpan<int> groups)
    {
        fixed (int* g = groups)
            return Call(SyscallNumber.Setgroups, groups.Length, (nint)g);
    }

    /// <summary>capset(2) of this thread: a 64-bit mask for the effective and the permitted set; none inheritable.</summary>
    public static long Capset(ulong effective, ulong permitted)
    {
        const uint Version3 = 0x20080522;
        uint* header = stackalloc uint[] { Version3, 0 };
        uint* data = stackalloc uint[]
        {
            (uint)effective, (uint)permitted, 0, (uint)(effective >> 32), (uint)(permitted >> 32), 0,
        };
        return Call(SyscallNumber.Capset, (nint)header, (nint)data);
    }

    // struct sigaction of glibc: handler, 1024 bits of mask, flags, restorer. glibc fills in the restorer that x86-64 demands.
    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static partial int Sigaction(int signal, nint* action, nint* old);

    /// <summary>
    /// Lets a signal interrupt blocking calls (no SA_RESTART) and do nothing else. The handler is libc's abs, a native function
    /// that takes an int and touches nothing: managed code must not run in a signal handler.
    /// </summary>
    public static void CatchWithoutRestart(int signal)
    {
        nint* action = stackalloc nint[19];
        new Span<nint>(action, 19).Clear();
        action[0] = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "abs");
        if (Sigaction(signal, action, null) != 0)
            throw new InvalidOperationException($"sigaction: {Abi.ErrnoName(Marshal.GetLastPInvokeError())}");
    }

    public static long Socket(int domain, int type) => Call(SyscallNumber.Socket, domain, type, 0);

    /// <summary>bind(2) to a Unix address; sun_path holds at most 107 bytes and a NUL.</summary>
    public static long BindUnix(long fd, string path) => UnixAddress(SyscallNumber.Bind, fd, path);

    public static long ConnectUnix(long fd, string path) => UnixAddress(SyscallNumber.Connect, fd, path);

    public static long Listen(long fd, int backlog) => Call(SyscallNumber.Listen, (nint)fd, backlog);

    public static long Accept(long fd) => Call(SyscallNumber.Accept, (nint)fd);

    private static long UnixAddress(int number, long fd, string path)
    {
        var address = new byte[110];
        BinaryPrimitives.WriteUInt16LittleEndian(address, Abi.AF_UNIX);
        int length = Encoding.UTF8.GetBytes(path, address.AsSpan(2, 107));
        fixed (byte* a = address)
            return Call(number, (nint)fd, (nint)a, 2 + length + 1);
    }
}
