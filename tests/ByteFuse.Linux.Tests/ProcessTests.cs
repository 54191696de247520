namespace ByteFuse.Linux.Tests;

public sealed class ProcessTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("0-3,8,10-11\n", "0 1 2 3 8 10 11")]
    [InlineData("", "")]
    public void Processor_lists_are_parsed(string list, string expected) =>
        Assert.Equal(expected, string.Join(' ', Processors.ParseList(list)));

    [Fact]
    public void A_pinned_thread_is_allowed_one_processor()
    {
        int[] before = [], after = [];
        var refused = Errno.None;
        // On a thread of its own, as the test runner's threads go on.
        var thread = new Thread(() =>
        {
            before = Processors.Usable();
            ProcessCalls.PinCurrentThread(before[^1]);
            after = Processors.Usable();
            refused = ProcessCalls.PinCurrentThread(8191).Error;
        });
        thread.Start();
        thread.Join();
        Assert.NotEmpty(before);
        Assert.Equal([before[^1]], after);
        Assert.Equal(Errno.EINVAL, refused);
    }

    [Fact]
    public void Limits_are_read_and_set()
    {
        Assert.Equal(Errno.None, ProcessCalls.GetLimit(ProcessCalls.OpenFilesLimit, out var soft, out var hard));
        Assert.InRange(soft, 1ul, hard);
        Assert.True(ProcessCalls.SetLimit(ProcessCalls.OpenFilesLimit, soft, hard).Succeeded);
    }

    [Fact]
    public void Signals_reach_this_process_or_nobody()
    {
        Assert.True(ProcessCalls.Kill(Environment.ProcessId, 0).Succeeded);
        Assert.Equal(Errno.EINVAL, ProcessCalls.Kill(Environment.ProcessId, 1000).Error);
        Assert.Equal(Errno.EINVAL, ProcessCalls.BlockSignals(65).Error);
        var name = "";
        var blocked = "";
        var thread = new Thread(() =>
        {
            ProcessCalls.BlockSignals(ProcessCalls.SignalHangUp, ProcessCalls.SignalTerminate);
            ProcessCalls.SetThreadName("named");
            var status = File.ReadAllLines($"/proc/self/task/{ProcessCalls.ThreadId}/status");
            name = status.First(line => line.StartsWith("Name:", StringComparison.Ordinal))[5..].Trim();
            blocked = status.First(line => line.StartsWith("SigBlk:", StringComparison.Ordinal))[7..].Trim();
        });
        thread.Start();
        thread.Join();
        Assert.Equal("named", name);
        Assert.Equal("0000000000004001", blocked);
    }

    [Fact]
    public void Clocks_go_forward_and_agree()
    {
        var (coarse, real) = (Clocks.RealtimeCoarseNanoseconds, Clocks.RealtimeNanoseconds);
        Assert.True(real >= coarse);
        var system = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        Assert.InRange(system - real, -1_000_000_000L, 60_000_000_000L);
        var monotonic = Clocks.MonotonicNanoseconds;
        Assert.True(Clocks.MonotonicNanoseconds >= monotonic);
        Assert.True(Clocks.BoottimeNanoseconds >= monotonic);
    }

    [Fact]
    public void A_file_system_is_mounted_and_unmounted()
    {
        using var folder = new TemporaryFolder();
        var mounted = MountCalls.Mount("none", folder.Path, "tmpfs", MountCalls.NoDevices, "size=64k,mode=700");
        Assert.SkipWhen(mounted.Error == Errno.EPERM, "Mounting needs CAP_SYS_ADMIN.");
        Assert.True(mounted.Succeeded, mounted.ToString());
        try
        {
            Assert.Equal(65536, new DriveInfo(folder.Path).TotalSize);
        }
        finally
        {
            Assert.True(MountCalls.Unmount(folder.Path).Succeeded);
        }
        Assert.Equal(Errno.EINVAL, MountCalls.Unmount(folder.Path).Error);
    }
}
