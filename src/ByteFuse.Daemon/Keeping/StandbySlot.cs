using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// The process that stands by to become the daemon. It has started, loaded and rehearsed what it can without the mounts, and waits for
/// the answer to its hello. One at a time: the next of the same program, or for an upgrade the first of another.
/// </summary>
internal sealed class StandbySlot(IReadOnlyList<string> arguments, RestartPolicy policy, Log log) : IDisposable
{
    private DaemonProcess? process;
    private long due = long.MaxValue;

    // The program of an upgrade that is being prepared, and why it did not get ready.
    private string? prepared;
    private string? problem;

    /// <summary>To wait for; -1 while nobody stands by.</summary>
    public int Descriptor => process?.Socket.Descriptor ?? -1;

    /// <summary>How long until <see cref="FillWhenDue"/> does something.</summary>
    public TimeSpan UntilDue => process is not null || due == long.MaxValue ? UntilOverdue : TimeSpan.FromMilliseconds(Math.Max(0, due - Environment.TickCount64));

    /// <summary>How long until one that is being prepared has had its time.</summary>
    public TimeSpan UntilOverdue => process is { IsReady: false } && prepared is not null
        ? TimeSpan.FromMilliseconds(Math.Max(0, (policy.UpgradeDeadline - process.Lived).TotalMilliseconds))
        : Timeout.InfiniteTimeSpan;

    /// <summary>A daemon has come to serve: it first has the CPUs for those who waited for it.</summary>
    public void FillSoon() => due = policy.StandsBy ? Environment.TickCount64 + (long)policy.StandbyDelay.TotalMilliseconds : long.MaxValue;

    /// <summary>Starts one where there is none, and it is time for it.</summary>
    public void FillWhenDue(string program)
    {
        if (process is not null || Environment.TickCount64 < due) return;
        Start(program);
        // Where it fails, again after a while: without it the next daemon takes longer, and no more than that.
        due = policy.StandsBy ? Environment.TickCount64 + (long)policy.StandbyRetry.TotalMilliseconds : long.MaxValue;
    }

    /// <summary>
    /// Has one of another program stand by, started now: files of the same name may be new. To be asked again until it is ready, or until
    /// the answer is what came in between.
    /// </summary>
    public string? Prepare(string program, out bool ready)
    {
        ready = false;
        if (prepared != program)
        {
            Remove();
            prepared = program;
            problem = Start(program);
        }
        if (process is { IsReady: false } && process.Lived >= policy.UpgradeDeadline)
        {
            problem = $"it was not ready after {policy.UpgradeDeadline.TotalSeconds:0} s";
            Remove();
        }
        ready = process is { IsReady: true };
        var failure = problem;
        if (ready || failure is not null) (prepared, problem) = (null, null);
        return failure;
    }

    /// <summary>Takes the one of a program, which is the caller's; null where there is none. One of another program is ended.</summary>
    public DaemonProcess? Take(string program)
    {
        (prepared, problem) = (null, null);
        if (process is not null && process.Program != program) Remove();
        var taken = process;
        process = null;
        due = long.MaxValue;
        return taken;
    }

    /// <summary>Receives what it says: that it is ready. Or its end, which is no daemon's.</summary>
    public void Hear()
    {
        var error = process!.Socket.Receive(out var said, out var descriptors);
        foreach (var fd in descriptors) FileCalls.Close(fd);
        if (error is Errno.None && said!.Kind == KeeperMessage.Hello)
        {
            process.IsReady = true;
            log.Information("stands_by", ("pid", process.Pid), ("after", process.Lived));
            return;
        }
        if (error is Errno.None or Errno.EBADMSG) process.Socket.Send(new KeeperMessage { Kind = KeeperMessage.Refused, Problem = "it is not the daemon" });
        else GiveUp();
    }

    /// <summary>Ends the one that stands by.</summary>
    public void Dispose() => Remove();

    private string? Start(string program)
    {
        var error = DaemonProcess.Start(program, arguments, standsBy: true, out process);
        return process is null ? $"{program} cannot be started: {error.Describe()}" : null;
    }

    private void GiveUp()
    {
        process!.Reap(out var end);
        log.Warning("standby_ended", ("program", process.Program), ("reason", end));
        if (prepared is not null) problem = $"{prepared} did not come to serve ({end})";
        Remove();
    }

    private void Remove()
    {
        process?.Dispose();
        process = null;
    }
}
