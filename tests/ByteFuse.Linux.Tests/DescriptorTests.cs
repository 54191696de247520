namespace ByteFuse.Linux.Tests;

public sealed class DescriptorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Descriptors_pass_through_a_socket(bool packets)
    {
        Assert.Equal(Errno.None, UnixSocketRights.CreatePair(packets, out var here, out var there));
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd));
        Assert.Equal(3, UnixSocketRights.Send(here, "fds"u8, [readEnd, writeEnd]).Value);
        var data = new byte[8];
        var received = new int[4];
        Assert.Equal(3, UnixSocketRights.Receive(there, data, received, out var count).Value);
        Assert.Equal(2, count);
        FileCalls.Close(writeEnd);
        Assert.Equal(1, FileCalls.Write(received[1], "x"u8).Value);
        Assert.Equal(1, FileCalls.Read(readEnd, data).Value);
        Assert.Equal(2, UnixSocketRights.Send(here, "no"u8, []).Value);
        Assert.Equal(2, UnixSocketRights.Receive(there, data, received.AsSpan(2), out count).Value);
        Assert.Equal(0, count);
        FileCalls.Close(here);
        Assert.Equal(0, UnixSocketRights.Receive(there, data, received.AsSpan(2), out _).Value);
        Assert.Equal(Errno.EPIPE, UnixSocketRights.Send(there, "x"u8, []).Error);
        foreach (var fd in new[] { there, readEnd, received[0], received[1] }) FileCalls.Close(fd);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void More_descriptors_than_fit_are_an_error_and_none_leaks(int room)
    {
        Assert.Equal(Errno.None, UnixSocketRights.CreatePair(false, out var here, out var there));
        var before = CountDescriptors();
        Assert.Equal(1, UnixSocketRights.Send(here, "x"u8, [here, here, here]).Value);
        var result = UnixSocketRights.Receive(there, new byte[1], new int[room], out var count);
        Assert.Equal(Errno.EMSGSIZE, result.Error);
        Assert.Equal(0, count);
        Assert.Equal(before, CountDescriptors());
        FileCalls.Close(here);
        FileCalls.Close(there);
    }

    [Fact]
    public void More_descriptors_than_the_kernel_passes_are_refused() =>
        Assert.Equal(Errno.EINVAL, UnixSocketRights.Send(0, "x"u8, new int[UnixSocketRights.MaximumDescriptors + 1]).Error);

    [Fact]
    public void A_semaphore_counter_gives_one_at_a_time()
    {
        var fd = EventDescriptor.Create(EventDescriptor.Semaphore).Value;
        EventDescriptor.Signal(fd, 2);
        Assert.True(EventDescriptor.Wait(fd).Succeeded);
        Assert.True(EventDescriptor.Wait(fd).Succeeded);
        FileCalls.SetNonBlocking(fd, true);
        Assert.Equal(Errno.EAGAIN, EventDescriptor.Wait(fd).Error);
        FileCalls.Close(fd);
    }

    [Fact]
    public void A_fuse_device_without_a_connection_is_not_cloned()
    {
        var opened = FuseDevice.Open();
        Assert.SkipUnless(opened.Succeeded, $"/dev/fuse is not there: {opened}");
        var before = CountDescriptors();
        // EINVAL or, in later kernels, EPERM.
        Assert.Contains(FuseDevice.Clone(opened.Value).Error, new[] { Errno.EINVAL, Errno.EPERM });
        Assert.Equal(before, CountDescriptors());
        Assert.False(FuseDevice.OpenBacking(opened.Value, opened.Value).Succeeded);
        FileCalls.Close(opened.Value);
    }

    // The runtime opens an assembly when somebody first needs it, the test runner's own threads too, and keeps it open.
    private static int CountDescriptors() =>
        Directory.GetFiles("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) != true);
}
