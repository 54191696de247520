namespace ByteFuse.Linux;

/// <summary>System calls on the process and its threads.</summary>
public static unsafe class ProcessCalls
{
    public const int SignalHangUp = 1;
    public const int SignalInterrupt = 2;
    public const int SignalQuit = 3;
    public const int SignalAbort = 6;
    public const int SignalKill = 9;
    public const int SignalSegmentationFault = 11;
    public const int SignalUser2 = 12;
    public const int SignalTerminate = 15;

    /// <summary>PR_SET_PDEATHSIG.</summary>
    public const int SetParentDeathSignal = 1;

    /// <summary>PR_SET_DUMPABLE.</summary>
    public const int SetDumpable = 4;

    /// <summary>PR_SET_NAME; the argument is a pointer, see <see cref="SetThreadName"/>.</summary>
    private const int SetName = 15;

    /// <summary>PR_SET_IO_FLUSHER: allocations of this process do not wait for its own write-back (it serves a file system).</summary>
    public const int SetIoFlusher = 57;

    /// <summary>RLIMIT_NOFILE.</summary>
    public const int OpenFilesLimit = 7;

    /// <summary>RLIMIT_MEMLOCK.</summary>
    public const int LockedMemoryLimit = 8;

    /// <summary>SCHED_OTHER: how threads run unless told otherwise.</summary>
    public const int NormalScheduling = 0;

    /// <summary>SCHED_IDLE: whoever runs normally goes first, and a CPU with such threads alone counts as idle when others are placed.</summary>
    public const int IdleScheduling = 5;

    // The kernel's own bound on CPUs is CONFIG_NR_CPUS, at most 8192 on x86-64.
    private const int AffinityWords = 8192 / 64;

    /// <summary>prctl(2) with number arguments.</summary>
    public static IoResult Prctl(int option, ulong argument = 0) => LibC.Result(LibC.Prctl(option, (nuint)argument, 0, 0, 0));

    /// <summary>Names the calling thread for ps and perf; the kernel keeps 15 bytes.</summary>
    public static IoResult SetThreadName(string name)
    {
        fixed (byte* p = PathBytes.Of(name)) return LibC.Result(LibC.Prctl(SetName, (nuint)p, 0, 0, 0));
    }

    /// <summary>setsid(2).</summary>
    public static IoResult StartSession() => LibC.Result(LibC.Setsid());

    /// <summary>
    /// Gives the calling thread a copy of the mount namespace for itself (unshare(2), CLONE_NEWNS), which ends with the thread: what it
    /// mounts there is in nobody else's tree. Root, working directory and file mode mask are its own from then on, too.
    /// </summary>
    public static IoResult UnshareMounts() => LibC.Result(LibC.Unshare(0x20000));

    /// <summary>geteuid(2).</summary>
    public static uint EffectiveUserId => LibC.Geteuid();

    /// <summary>getegid(2).</summary>
    public static uint EffectiveGroupId => LibC.Getegid();

    /// <summary>umask(2): the mask before.</summary>
    public static uint SetFileModeMask(uint mask) => LibC.Umask(mask);

    /// <summary>The calling thread's id.</summary>
    public static int ThreadId => LibC.Gettid();

    /// <summary>sched_yield(2): others who want this CPU go first.</summary>
    public static void Yield() => LibC.SchedYield();

    /// <summary>The CPU that the calling thread runs on.</summary>
    public static int CurrentProcessor => LibC.SchedGetCpu();

    /// <summary>Times that the calling thread gave up its CPU to wait for something.</summary>
    public static long VoluntarySwitches
    {
        get
        {
            // struct rusage of getrusage(2), 64 bits: two times of two words and fourteen numbers, of which ru_nvcsw is the last but one.
            const int thread = 1, words = 18, voluntarySwitches = 16;
            var usage = stackalloc long[words];
            return LibC.GetResourceUsage(thread, usage) == 0 ? usage[voluntarySwitches] : 0;
        }
    }

    /// <summary>How a thread is scheduled: one of the policies of sched(7).</summary>
    public static IoResult GetScheduling(int thread) => LibC.Result(LibC.SchedGetScheduler(thread));

    /// <summary>
    /// Has a thread scheduled in another way; its nice value stays. EPERM: back from <see cref="IdleScheduling"/> needs
    /// CAP_SYS_NICE or an RLIMIT_NICE that allows the nice value.
    /// </summary>
    public static IoResult SetScheduling(int thread, int policy)
    {
        // struct sched_param: the real-time priority, which these policies do not have.
        var priority = 0;
        return LibC.Result(LibC.SchedSetScheduler(thread, policy, &priority));
    }

    /// <summary>Ties the calling thread to one CPU; EINVAL where the CPU is not there or not allowed.</summary>
    public static IoResult PinCurrentThread(int processor)
    {
        if ((uint)processor >= AffinityWords * 64) return IoResult.FromError(Errno.EINVAL);
        var mask = stackalloc ulong[AffinityWords];
        new Span<ulong>(mask, AffinityWords).Clear();
        mask[processor / 64] = 1ul << (processor % 64);
        return LibC.Result(LibC.SchedSetAffinity(0, AffinityWords * sizeof(ulong), mask));
    }

    /// <summary>The CPUs that the calling thread may run on, ascending.</summary>
    public static int[] AllowedProcessors()
    {
        var mask = stackalloc ulong[AffinityWords];
        new Span<ulong>(mask, AffinityWords).Clear();
        var result = LibC.Result(LibC.SchedGetAffinity(0, AffinityWords * sizeof(ulong), mask));
        if (!result.Succeeded) return [];
        var processors = new List<int>();
        for (var i = 0; i < AffinityWords * 64; i++)
            if ((mask[i / 64] >> (i % 64) & 1) != 0)
                processors.Add(i);
        return [.. processors];
    }

    /// <summary>getrlimit(2).</summary>
    public static Errno GetLimit(int resource, out ulong soft, out ulong hard)
    {
        var limits = stackalloc ulong[2];
        var result = LibC.Result(LibC.GetRlimit(resource, limits));
        (soft, hard) = result.Succeeded ? (limits[0], limits[1]) : (0, 0);
        return result.Error;
    }

    /// <summary>setrlimit(2).</summary>
    public static IoResult SetLimit(int resource, ulong soft, ulong hard)
    {
        var limits = stackalloc ulong[2] { soft, hard };
        return LibC.Result(LibC.SetRlimit(resource, limits));
    }

    /// <summary>kill(2); signal 0 only asks whether the process is there.</summary>
    public static IoResult Kill(int process, int signal) => LibC.Result(LibC.Kill(process, signal));

    /// <summary>
    /// Dies of a signal whose default is to end the process, whatever has been set up for it: the runtime forgets its own setting for a
    /// signal that is not cancelled, and for some goes on. Does not return.
    /// </summary>
    public static void DieOf(int signal)
    {
        const nint byDefault = 0;
        LibC.Signal(signal, byDefault);
        LibC.Kill(Environment.ProcessId, signal);
        // It comes while this returns. A thread of the process may have blocked it, but not all of them.
        Thread.Sleep(1000);
        LibC.Kill(Environment.ProcessId, SignalKill);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Blocks signals for the calling thread and those it starts afterwards.</summary>
    public static IoResult BlockSignals(params ReadOnlySpan<int> signals) => ChangeSignalMask(0, signals);

    /// <summary>Takes signals again on the calling thread.</summary>
    public static IoResult UnblockSignals(params ReadOnlySpan<int> signals) => ChangeSignalMask(1, signals);

    private static IoResult ChangeSignalMask(int how, ReadOnlySpan<int> signals)
    {
        // sigset_t of the C library has 1024 bits.
        var set = stackalloc ulong[16];
        new Span<ulong>(set, 16).Clear();
        foreach (var signal in signals)
        {
            if (signal is < 1 or > 64) return IoResult.FromError(Errno.EINVAL);
            set[0] |= 1ul << (signal - 1);
        }
        // Returns the error instead of setting errno.
        return IoResult.FromRaw(-LibC.PthreadSigmask(how, set, null));
    }
}
