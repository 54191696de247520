using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>
/// Starts another keeper where the one of this daemon is gone: from the daemon itself, as nobody else has the mounts' descriptors, and
/// at once, as until then its death would be the end of them.
/// </summary>
internal sealed class KeeperRevival(KeeperClient keeper, Func<int, bool, IoResult> start, Log log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private int child;

    /// <summary>Watches as long as the process lives.</summary>
    public void Begin() => new Thread(Watch) { IsBackground = true, Name = "keeper watch" }.Start();

    private void Watch()
    {
        while (true)
        {
            keeper.AwaitLoss();
            log.Warning("keeper_lost");
            Revive();
        }
    }

    private void Revive()
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (child > 0) ChildProcess.Wait(child, out _);
            var error = TryStart();
            if (error == Errno.None) break;
            log.Error("keeper_not_started", ("error", error));
            Thread.Sleep(pause);
        }
        log.Information("keeper_started", ("pid", child));
    }

    private Errno TryStart()
    {
        var error = UnixSocketRights.CreatePair(sequencedPackets: true, out var here, out var there);
        if (error != Errno.None) return error;
        var started = start(there, keeper.StandsBy);
        FileCalls.Close(there);
        child = started.Succeeded ? started.Value : 0;
        if (!started.Succeeded)
        {
            FileCalls.Close(here);
            return started.Error;
        }
        error = keeper.Reconnect(here);
        // It does not keep what it should: it shall not take itself for the keeper.
        if (error != Errno.None) ProcessCalls.Kill(child, ProcessCalls.SignalKill);
        return error;
    }
}
