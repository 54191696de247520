using ByteFuse.Linux;

namespace ByteFuse.Daemon.Tests;

/// <summary>What becomes of passthrough=, and what is said about it.</summary>
public sealed class PassthroughOutcomeTests
{
    [Fact]
    public void It_is_used_where_the_kernel_takes_files()
    {
        var outcome = PassthroughOutcome.Of(PassthroughOption.Auto, Errno.None);
        Assert.True(outcome.Used);
        Assert.Null(outcome.Advice);
        Assert.Equal("asked for by -o passthrough=on", PassthroughOutcome.Of(PassthroughOption.On, Errno.None).Why);
    }

    [Theory]
    [InlineData(Errno.EOPNOTSUPP, "Linux 6.9")]
    [InlineData(Errno.EPERM, "CAP_SYS_ADMIN")]
    [InlineData(Errno.ELOOP, "overlayfs")]
    [InlineData(Errno.EIO, "ext4")]
    public void Where_it_cannot_be_auto_does_without_and_on_is_refused(Errno error, string advice)
    {
        var outcome = PassthroughOutcome.Of(PassthroughOption.Auto, error);
        Assert.False(outcome.Used);
        Assert.Contains(advice, outcome.Advice);
        var refusal = Assert.Throws<Refusal>(() => PassthroughOutcome.Of(PassthroughOption.On, error));
        Assert.Equal(ExitCode.Failure, refusal.Code);
        Assert.StartsWith("passthrough=on is not possible: ", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public void Off_is_off() => Assert.False(PassthroughOutcome.Of(PassthroughOption.Off, Errno.None).Used);

    [Fact]
    public void The_option_is_read_and_auto_without_one()
    {
        Assert.Equal(PassthroughOption.Auto, MountOptionList.Parse([]).Passthrough);
        Assert.Equal(PassthroughOption.Off, MountOptionList.Parse(["passthrough=on,passthrough=off"]).Passthrough);
        Assert.Equal(PassthroughOption.On, MountOptionList.Parse(["passthrough=on"]).Passthrough);
        Assert.Equal(PassthroughOption.Auto, MountOptionList.Parse(["passthrough=auto"]).Passthrough);
        Assert.Equal(ExitCode.Usage, Assert.Throws<Refusal>(() => MountOptionList.Parse(["passthrough=yes"])).Code);
    }
}
