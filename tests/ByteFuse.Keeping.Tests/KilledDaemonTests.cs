using ByteFuse.Testing;

namespace ByteFuse.Keeping.Tests;

/// <summary>
/// A daemon is killed again and again under load. What its applications see: calls that take longer.
/// BYTEFUSE_TEST_SEED takes a seed back, BYTEFUSE_TEST_KILLS makes it more kills.
/// </summary>
public sealed class KilledDaemonTests(ITestOutputHelper output)
{
    private const int Workers = 3;
    private const int Volumes = 2;

    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("BYTEFUSE_TEST_SEED") ?? $"{Random.Shared.Next(1_000_000)}");
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("BYTEFUSE_TEST_KILLS") ?? "5");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("classic")]
    [InlineData("classic passthrough")]
    [InlineData("uring passthrough")]
    public void Nothing_is_lost_and_nothing_happens_twice_when_the_daemon_is_killed_at_any_moment(string mount)
    {
        KeptVolume.Require();
        using var volume = new KeptVolume(Volumes, ("KEPT_MOUNT", mount));
        var random = new Random(Seed);
        Load(volume, mount, failed =>
        {
            for (var killed = 0; killed < Kills && !failed();)
            {
                // Mostly while it serves, and now and then while it takes over.
                if (random.Next(4) != 0) volume.AwaitServing();
                Thread.Sleep(random.Next(0, 300));
                if (volume.Kill()) killed++;
            }
        });
    }

    [Theory]
    [InlineData("for its successor", ProcessCalls.SignalHangUp, "reason=\"signal 9\"")]
    [InlineData("exception", ProcessCalls.SignalHangUp, "dying: System.InvalidOperationException: asked for")]
    [InlineData("reactor", ProcessCalls.SignalHangUp, "dying: System.InvalidOperationException: asked for")]
    [InlineData("a signal", ProcessCalls.SignalQuit, "reason=\"signal 3\"")]
    [InlineData("a signal", ProcessCalls.SignalAbort, "reason=\"signal 6\"")]
    public void No_call_fails_when_the_daemon_dies_of_what_it_notices(string death, int signal, string said)
    {
        const string mount = "uring passthrough";
        KeptVolume.Require();
        using var volume = new KeptVolume(Volumes, ("KEPT_MOUNT", mount), ("KEPT_DEATH", death));
        Load(volume, mount, failed =>
        {
            for (var handedOver = 0; handedOver < Kills && !failed(); handedOver++) volume.HandOver(signal);
        }, fails: false);
        Assert.DoesNotContain("not held", volume.Log);
        Assert.Contains(said, volume.Log);
    }

    [Fact]
    public void A_fault_in_native_code_is_as_a_kill()
    {
        const string mount = "classic passthrough";
        KeptVolume.Require();
        using var volume = new KeptVolume(Volumes, ("KEPT_MOUNT", mount));
        Load(volume, mount, failed =>
        {
            for (var died = 0; died < Kills && !failed(); died++)
            {
                volume.AwaitServing();
                // The runtime takes its handler away at the first, and a fault then comes again. One that was sent does not.
                ProcessCalls.Kill(volume.Daemons[^1], ProcessCalls.SignalSegmentationFault);
                Thread.Sleep(100);
                volume.HandOver(ProcessCalls.SignalSegmentationFault);
            }
        });
        Assert.Contains($"reason=\"signal {ProcessCalls.SignalSegmentationFault}\"", volume.Log);
    }

    [Theory]
    [InlineData("classic", CrashPoint.BeforeCommit)]
    [InlineData("classic", CrashPoint.AfterCommit)]
    [InlineData("classic", CrashPoint.AfterData)]
    [InlineData("classic", CrashPoint.BeforeAnswer)]
    [InlineData("classic passthrough", CrashPoint.AfterCommit)]
    [InlineData("classic passthrough", CrashPoint.AfterBackingOpen)]
    [InlineData("classic passthrough", CrashPoint.AfterOpen)]
    [InlineData("uring", CrashPoint.BeforeCommit)]
    [InlineData("uring", CrashPoint.AfterCommit)]
    [InlineData("uring", CrashPoint.BeforeCommitAndFetch)]
    [InlineData("uring passthrough", CrashPoint.AfterOpen)]
    public void Nothing_is_lost_and_nothing_happens_twice_when_the_daemon_dies_inside_an_operation(string mount, string point)
    {
        KeptVolume.Require();
        using var volume = new KeptVolume(volumes: 1, ("KEPT_MOUNT", mount), ("CRASH_POINT", point), ("CRASH_SEED", $"{Seed}"), ("CRASH_DEATHS", $"{Kills}"));
        Load(volume, mount, failed => Assert.True(
            SpinWait.SpinUntil(() => volume.Daemons.Length > Kills || failed(), Patience), $"the daemon did not die at {point}"));
    }

    [Fact]
    public void An_unmount_from_outside_ends_daemon_and_keeper()
    {
        KeptVolume.Require();
        using var volume = new KeptVolume(Volumes);
        foreach (var path in volume.Paths) Assert.Equal(0, Sys.Umount2(path, 0));
        Assert.Equal(0, volume.AwaitEnd());
        Assert.Single(volume.Daemons);
    }

    [Fact]
    public void A_keeper_that_is_told_to_end_while_its_daemon_is_dead_still_unmounts_in_order()
    {
        KeptVolume.Require();
        using var volume = new KeptVolume();
        File.WriteAllText(Path.Combine(volume.Paths[0], "file"), "x");
        Assert.True(volume.Kill());
        Assert.Empty(volume.End());
        Assert.DoesNotContain("mount_lost", volume.Log);
    }

    private void Load(KeptVolume volume, string mount, Action<Func<bool>> killing, bool fails = true)
    {
        var mayFail = fails && mount.Contains("uring");
        output.WriteLine($"seed {Seed}");
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers)
            .Select(i => new LoadWorker(Path.Combine(volume.Paths[i % volume.Paths.Count], $"worker{i}"), Seed + i, mayFail)).ToList();
        var threads = workers.Select(worker => new Thread(() => worker.Run(stop.Token))).ToList();
        threads.ForEach(thread => thread.Start());
        try
        {
            killing(() => workers.Any(worker => worker.HasFaults));
        }
        finally
        {
            stop.Cancel();
            Assert.All(threads, thread => Assert.True(thread.Join(Patience), "a call hangs"));
        }
        output.WriteLine($"{volume.Daemons.Length - 1} deaths, {workers.Sum(worker => worker.Calls)} calls, {workers.Sum(worker => worker.Canceled)} canceled, longest {workers.Max(worker => worker.Longest).TotalMilliseconds:f0} ms");
        output.WriteLine(workers.Any(worker => worker.HasFaults) ? volume.Log : string.Join('\n', volume.Log.Split('\n').Where(line => line.StartsWith("serving", StringComparison.Ordinal)).TakeLast(3)));
        Assert.Empty(workers.SelectMany(worker => worker.Faults));
        // Once more, as nothing may have failed since.
        workers.ForEach(worker => worker.CheckAll());
        Assert.Empty(workers.SelectMany(worker => worker.Faults));
        Assert.Empty(volume.End());
        Assert.DoesNotContain("mount_lost", volume.Log);
        // A RELEASE that is failed is not sent again.
        if (!mayFail) Assert.DoesNotContain("leak", volume.Log);
    }
}
