using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// What a daemon gives up: capabilities and privileges of what it starts from its first moment, and once it serves, the system calls
/// that it has no use for. docs/security.md gives the reason for what is left.
/// </summary>
public static class Sandbox
{
    /// <summary>The first port that needs no capability to listen on (net.ipv4.ip_unprivileged_port_start, unless somebody changed it).</summary>
    public const int FirstPort = 1024;

    /// <summary>What is left, where the process had it.</summary>
    public static CapabilitySet Kept { get; } = CapabilitySet.Of(
        // mount(2), umount2(2), FUSE_DEV_IOC_BACKING_OPEN.
        Capability.CAP_SYS_ADMIN,
        // Volumes and mount points may lie in directories of others; their files may be others', whose times are set and not changed.
        Capability.CAP_DAC_OVERRIDE,
        Capability.CAP_FOWNER,
        // Payloads that rings have pinned, and kept memory, beyond RLIMIT_MEMLOCK.
        Capability.CAP_IPC_LOCK,
        // Reactors give way and take that back.
        Capability.CAP_SYS_NICE,
        // PR_SET_IO_FLUSHER.
        Capability.CAP_SYS_RESOURCE);

    /// <summary>Has what the calling thread starts begin without the rest.</summary>
    public static Errno Limit() => IsForUs ? ThreadPrivileges.Limit(Kept) : Errno.None;

    /// <summary>
    /// Begins the process again without the rest, unless whoever started it did so: the threads that the runtime has started before
    /// any of our code have it still.
    /// </summary>
    public static void Enter()
    {
        if (!IsForUs || ThreadPrivileges.Permitted.IsWithin(Kept)) return;
        var arguments = File.ReadAllBytes("/proc/self/cmdline");
        var error = ThreadPrivileges.Limit(Kept);
        if (error == Errno.None) error = ThreadPrivileges.Execute(Environment.ProcessPath!, arguments);
        throw new Refusal(ExitCode.Failure, $"the sandbox cannot be entered: {error.Describe()}; --sandbox=off does without");
    }

    /// <summary>From now on the process makes the system calls that it needs to serve, and no others. After its rings have been made.</summary>
    public static Errno Close()
    {
        var error = Limit();
        return IsForUs && error == Errno.None ? SystemCallFilter.Install(AllowedSystemCalls.Numbers, AllowedSystemCalls.Last) : error;
    }

    // A user's daemon has nothing to give up, and no_new_privs would keep fusermount3, which is setuid, from unmounting.
    private static bool IsForUs => ProcessCalls.EffectiveUserId == 0;
}
