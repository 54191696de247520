using ByteFuse.Testing;
using static ByteFuse.Testing.Abi;

namespace ByteFuse.Keeping.Tests;

/// <summary>Locks that the daemon keeps, and those who wait for them, while it is killed.</summary>
public sealed class LocksBehindDeathTests : IDisposable
{
    private const int Kills = 3;

    // More than a queue of io_uring has entries.
    private const int Waiters = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<long> descriptors = [];

    public void Dispose() => descriptors.ForEach(descriptor => Sys.Close(descriptor));

    [Theory]
    [InlineData("classic locks")]
    [InlineData("uring locks")]
    [InlineData("uring passthrough locks")]
    public void Locks_stay_and_who_waits_gets_his_turn(string mount)
    {
        KeptVolume.Require();
        using var volume = new KeptVolume(volumes: 1, ("KEPT_MOUNT", mount));
        volume.AwaitServing();
        var ranges = Path.Combine(volume.Paths[0], "ranges");
        var whole = Path.Combine(volume.Paths[0], "whole");
        var (holder, other, waiter) = (Open(ranges), Open(ranges), Open(ranges));
        var (wholeHolder, wholeOther) = (Open(whole), Open(whole));
        Assert.Equal(0, Sys.FcntlLock(holder, F_OFD_SETLK, F_WRLCK, 0, 10));
        Assert.Equal(0, Sys.FcntlLock(holder, F_OFD_SETLK, F_UNLCK, 4, 2));
        Assert.Equal(0, Sys.Flock(wholeHolder, LOCK_EX));
        var waits = Start(() => Assert.Equal(0, Sys.FcntlLock(waiter, F_OFD_SETLKW, F_WRLCK, 5, 10)));
        var turns = Enumerable.Range(0, Waiters).Select(_ => Open(whole)).Select(descriptor => Start(() =>
        {
            Assert.Equal(0, Sys.Flock(descriptor, LOCK_EX));
            Assert.Equal(0, Sys.Flock(descriptor, LOCK_UN));
        })).ToList();
        for (var killed = 0; killed < Kills; killed++)
        {
            // Those who wait have asked by then, or ask the next one.
            Thread.Sleep(200);
            Assert.True(volume.Kill());
            Assert.True(SpinWait.SpinUntil(() => volume.Daemons.Length == killed + 2, Patience), volume.Log);
            volume.AwaitServing();
            Assert.Equal(-EAGAIN, Sys.FcntlLock(other, F_OFD_SETLK, F_WRLCK, 0, 1));
            Assert.Equal(0, Sys.FcntlLock(other, F_OFD_SETLK, F_WRLCK, 4, 1));
            Assert.Equal(0, Sys.FcntlLock(other, F_OFD_SETLK, F_UNLCK, 4, 1));
            Assert.Equal(-EAGAIN, Sys.Flock(wholeOther, LOCK_EX | LOCK_NB));
            Assert.False(waits.IsCompleted, $"{waits.Exception}");
            Assert.All(turns, turn => Assert.False(turn.IsCompleted, $"{turn.Exception}"));
        }
        Assert.Equal(0, Sys.FcntlLock(holder, F_OFD_SETLK, F_UNLCK, 0, 10));
        Assert.Equal(0, Sys.Flock(wholeHolder, LOCK_UN));
        Assert.True(SpinWait.SpinUntil(() => waits.IsCompleted && turns.All(turn => turn.IsCompleted), Patience), $"somebody waits for nothing: {volume.Log}");
        Assert.All(turns.Append(waits), turn => Assert.True(turn.IsCompletedSuccessfully, $"{turn.Exception}"));
        Assert.Equal(-EAGAIN, Sys.FcntlLock(other, F_OFD_SETLK, F_WRLCK, 14, 1));
        // At the close of the waiter's descriptor: RELEASE, for which close(2) does not wait.
        Sys.Close(waiter);
        descriptors.Remove(waiter);
        Assert.True(SpinWait.SpinUntil(() => Sys.FcntlLock(other, F_OFD_SETLK, F_WRLCK, 14, 1) == 0, Patience));
        Dispose();
        descriptors.Clear();
        Assert.Empty(volume.End());
    }

    private long Open(string path)
    {
        var descriptor = Sys.Open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0x1A4);
        Assert.True(descriptor >= 0, ErrnoName(descriptor));
        descriptors.Add(descriptor);
        return descriptor;
    }

    // Not of the pool, which would start so many one after the other.
    private static Task Start(Action call) => Task.Factory.StartNew(call, TaskCreationOptions.LongRunning);
}
