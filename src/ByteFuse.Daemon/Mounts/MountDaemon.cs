using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Transports;

namespace ByteFuse.Daemon;

/// <summary>The life of a daemon process that serves one mount.</summary>
public static class MountDaemon
{
    /// <summary>
    /// Mounts, calls <paramref name="ready"/>, serves until the mount is gone or SIGTERM, SIGINT or SIGHUP comes, makes
    /// everything durable and returns how the process ends.
    /// </summary>
    public static ExitCode Run(MountPlan plan, Log log, Action<MountState> ready)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = StopOn(PosixSignal.SIGTERM, stop);
        using var interrupt = StopOn(PosixSignal.SIGINT, stop);
        using var hangUp = StopOn(PosixSignal.SIGHUP, stop);
        // Modes come with the requests, and the working directory must not lie below the mount or keep another one busy.
        ProcessCalls.SetFileModeMask(0);
        Directory.SetCurrentDirectory("/");
        RunDirectory.Prepare();
        var session = MountSession.Start(plan, log);
        var state = Announce(session);
        using var control = ControlServer.Start(session, state, log);
        ready(state);
        session.WaitAndUnmount(stop.Task);
        control.Stop();
        var error = session.Close();
        session.Dispose();
        // Last: whoever waits for the file to go may open the store at once.
        RunDirectory.Remove(session.Id);
        return error == Errno.None ? ExitCode.Success : ExitCode.Failure;
    }

    private static MountState Announce(MountSession session)
    {
        // What daemons that were killed left of this mount point.
        foreach (var earlier in RunDirectory.ReadAll().Where(earlier => earlier.MountPoint == session.MountPoint))
        {
            if (!RunDirectory.IsRunning(earlier)) RunDirectory.Remove(earlier.Id);
        }
        var state = new MountState
        {
            Id = session.Id,
            MountPoint = session.MountPoint,
            Source = session.Plan.Url.ToString(),
            Pid = Environment.ProcessId,
            Transport = session.FuseMount.Transport == TransportKind.Uring ? "uring" : "classic",
            TransportReason = session.Selection.Why,
            TransportAdvice = session.Selection.Advice,
            Passthrough = session.Passthrough.Used,
            PassthroughReason = session.Passthrough.Why,
            PassthroughAdvice = session.Passthrough.Advice,
            EntryAddress = session.FuseMount.EntryMemory?.Address,
            EntryLength = session.FuseMount.EntryMemory?.Length,
            Started = session.Started,
            ControlSocket = RunDirectory.FileOf(session.Id, ".sock"),
            LogFile = session.Plan.Options.LogFile,
        };
        RunDirectory.Write(state);
        return state;
    }

    private static PosixSignalRegistration StopOn(PosixSignal signal, TaskCompletionSource stop) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
}
