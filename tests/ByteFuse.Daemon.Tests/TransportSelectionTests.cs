namespace ByteFuse.Daemon.Tests;

/// <summary>Which transport a mount gets, and what is said about it.</summary>
public sealed class TransportSelectionTests
{
    private const long Memory = 256 << 20;

    [Fact]
    public void Auto_takes_io_uring_where_it_is_enabled()
    {
        var selection = Choose(TransportOption.Auto, new FuseKernel { UringEnabled = true });
        Assert.NotNull(selection.Plan);
        Assert.Null(selection.Advice);
    }

    [Theory]
    [InlineData(null, false, 2, "Linux 6.14")]
    [InlineData(false, false, 2, "echo 1 > /sys/module/fuse/parameters/enable_uring")]
    [InlineData(true, true, 2, "echo 0 > /proc/sys/fs/fuse/default_request_timeout")]
    [InlineData(true, false, 4096, "uring_memory=")]
    public void Where_it_cannot_be_auto_is_classic_with_advice_and_uring_is_refused(bool? enabled, bool timeout, int processors, string advice)
    {
        var kernel = new FuseKernel { UringEnabled = enabled, HasRequestTimeout = timeout };
        var selection = Choose(TransportOption.Auto, kernel, processors);
        Assert.Null(selection.Plan);
        Assert.Contains(advice, selection.Advice);
        var refusal = Assert.Throws<Refusal>(() => Choose(TransportOption.Uring, kernel, processors));
        Assert.Equal(ExitCode.Failure, refusal.Code);
        Assert.StartsWith("transport=uring is not possible: ", refusal.Message);
    }

    [Fact]
    public void Classic_is_classic() => Assert.Null(Choose(TransportOption.Classic, new FuseKernel { UringEnabled = true }).Plan);

    [Theory]
    [InlineData("transport=fast")]
    [InlineData("transport=")]
    [InlineData("locks=nobody")]
    [InlineData("uring_memory=1K")]
    [InlineData("uring_memory=4000G")]
    public void Options_out_of_range_are_refused(string option) =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<Refusal>(() => MountOptionList.Parse([option])).Code);

    [Fact]
    public void Options_are_read()
    {
        var options = MountOptionList.Parse(["transport=uring,uring_memory=1G"]);
        Assert.Equal((TransportOption.Uring, 1L << 30), (options.Transport, options.UringMemory));
    }

    private static TransportSelection Choose(TransportOption asked, FuseKernel kernel, int processors = 2) =>
        TransportSelection.Choose(asked, kernel, processors, Memory, 1 << 20);
}
