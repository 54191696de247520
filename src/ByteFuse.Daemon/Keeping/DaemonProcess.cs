using System.Diagnostics;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>A process that a keeper started to be the daemon, now or when there is need of one, and the keeper's end of its socket.</summary>
internal sealed class DaemonProcess : IDisposable
{
    private long started = Stopwatch.GetTimestamp();
    private bool isReaped;

    private DaemonProcess(string program, int pid, KeeperSocket socket, bool isChild)
    {
        IsChild = isChild;
        Program = program;
        Pid = pid;
        Socket = socket;
    }

    /// <summary>What it was started from.</summary>
    public string Program { get; }

    public int Pid { get; }

    /// <summary>False for one that an earlier keeper started: how it ends is told to nobody here.</summary>
    public bool IsChild { get; }

    public KeeperSocket Socket { get; }

    /// <summary>True once it has said hello: all that it can do ahead it has done.</summary>
    public bool IsReady { get; set; }

    /// <summary>True once that was answered: it is the daemon.</summary>
    public bool IsWelcome { get; set; }

    /// <summary>True once it goes on with everything and answers.</summary>
    public bool IsServing { get; set; }

    /// <summary>How long it has been running, or has been the daemon.</summary>
    public TimeSpan Lived => Stopwatch.GetElapsedTime(started);

    /// <summary>Starts one with the keeper's own environment.</summary>
    public static Errno Start(string program, IReadOnlyList<string> arguments, bool standsBy, out DaemonProcess? process)
    {
        process = null;
        var error = UnixSocketRights.CreatePair(sequencedPackets: true, out var here, out var there);
        if (error != Errno.None) return error;
        var started = ChildProcess.Start(program, arguments, ChildEnvironment(standsBy), there);
        FileCalls.Close(there);
        if (started.Succeeded) process = new DaemonProcess(program, started.Value, new KeeperSocket(here), isChild: true);
        else FileCalls.Close(here);
        return started.Error;
    }

    /// <summary>One that serves already, and that another keeper started.</summary>
    public static DaemonProcess Inherit(string program, int pid, KeeperSocket socket) =>
        new(program, pid, socket, isChild: false) { IsReady = true, IsWelcome = true, IsServing = true };

    /// <summary>It is the daemon from now on.</summary>
    public void BeginLife() => started = Stopwatch.GetTimestamp();

    /// <summary>Waits for its end; its number stays its own until <see cref="Reap"/>.</summary>
    public Errno AwaitEnd() => ChildProcess.Wait(Pid, out _, leave: true);

    /// <summary>Waits for its end and takes it.</summary>
    public Errno Reap(out ChildEnd end)
    {
        isReaped = true;
        return ChildProcess.Wait(Pid, out end);
    }

    /// <summary>Ends a child that has not been reaped, in whatever it is doing: it holds nothing that others need.</summary>
    public void Dispose()
    {
        Socket.Dispose();
        if (isReaped || !IsChild) return;
        ProcessCalls.Kill(Pid, ProcessCalls.SignalKill);
        isReaped = true;
        // One that waits for a disk dies when that answers: nobody else shall wait for it.
        new Thread(() => ChildProcess.Wait(Pid, out _)) { IsBackground = true, Name = "reaper" }.Start();
    }

    private static List<string> ChildEnvironment(bool standsBy)
    {
        var environment = ChildProcess.InheritedEnvironment(KeeperClient.Variable, KeeperClient.StandbyVariable);
        environment.Add($"{KeeperClient.Variable}={ChildProcess.GivenDescriptor}");
        if (standsBy) environment.Add($"{KeeperClient.StandbyVariable}=1");
        return environment;
    }
}
