using ByteFuse.FileSystem;
using ByteFuse.Linux;

namespace ByteFuse.Daemon.Tests;

public class MountOptionListTests
{
    [Fact]
    public void Nothing_said_means_the_defaults()
    {
        var options = MountOptionList.Parse([]);
        Assert.Equal(new ParsedMountOptions(), options);
        Assert.True(options.AllowOther);
        Assert.Equal(AccessTimePolicy.Relative, options.AccessTime);
    }

    [Theory]
    [InlineData("ro", MountCalls.ReadOnly)]
    [InlineData("noexec,nosuid,nodev", MountCalls.NoExecute | MountCalls.NoSetUserId | MountCalls.NoDevices)]
    [InlineData("sync,dirsync,nodiratime", MountCalls.Synchronous | MountCalls.DirectorySynchronous | MountCalls.NoDirectoryAccessTime)]
    [InlineData("noexec,exec,nosuid,suid,nodev,dev,ro,rw", 0ul)]
    [InlineData("user", MountCalls.NoExecute | MountCalls.NoSetUserId | MountCalls.NoDevices)]
    [InlineData("user,exec", MountCalls.NoSetUserId | MountCalls.NoDevices)]
    [InlineData("noatime,relatime", MountCalls.RelativeAccessTime)]
    public void Flags_are_mount2s_and_the_last_word_counts(string text, ulong flags) =>
        Assert.Equal(flags, MountOptionList.Parse([text]).Flags);

    [Theory]
    [InlineData("noatime", AccessTimePolicy.Never)]
    [InlineData("noatime,strictatime", AccessTimePolicy.Strict)]
    [InlineData("strictatime,relatime", AccessTimePolicy.Relative)]
    public void Access_times_follow(string text, AccessTimePolicy policy) => Assert.Equal(policy, MountOptionList.Parse([text]).AccessTime);

    [Fact]
    public void What_is_for_others_is_taken_and_ignored()
    {
        var options = MountOptionList.Parse(["defaults,auto,noauto,_netdev,nofail,x-systemd.automount,x-a=b,X-mount.mkdir,comment=hello,default_permissions,,"]);
        Assert.Equal(new ParsedMountOptions(), options);
    }

    [Fact]
    public void Values_are_read()
    {
        var options = MountOptionList.Parse(["max_write=8M,max_read=128K,max_readahead=0,max_background=7,sandbox=off", "reactors=3,fsname=vol,subtype=x", "noallow_other,nonempty"]);
        Assert.Equal(8u << 20, options.MaxWrite);
        Assert.Equal(128u << 10, options.MaxRead);
        Assert.Equal(0u, options.MaxReadAhead);
        Assert.Equal(7, (int?)options.MaxBackground);
        Assert.False(options.Sandbox);
        Assert.Equal(3, options.Reactors);
        Assert.Equal(("vol", "x"), (options.FsName, options.Subtype));
        Assert.False(options.AllowOther);
        Assert.True(options.NonEmpty);
    }

    [Fact]
    public void Of_two_timeouts_the_shorter_counts()
    {
        Assert.Equal(TimeSpan.FromSeconds(1.5), MountOptionList.Parse(["attr_timeout=30,entry_timeout=1.5"]).CacheTimeout);
        Assert.Equal(TimeSpan.FromSeconds(1.5), MountOptionList.Parse(["entry_timeout=1.5,attr_timeout=30"]).CacheTimeout);
        Assert.Equal(TimeSpan.Zero, MountOptionList.Parse(["negative_timeout=0"]).NegativeTimeout);
    }

    [Fact]
    public void Every_name_that_is_offered_is_known()
    {
        foreach (var name in MountOptionList.Names)
        {
            if (name.EndsWith('=')) Assert.DoesNotContain("unknown", Assert.Throws<Refusal>(() => MountOptionList.Parse([name])).Message);
            else MountOptionList.Parse([name]);
        }
    }

    [Fact]
    public void Contexts_keep_their_commas()
    {
        var options = MountOptionList.Parse(["ro,context=\"system_u:object_r:tmp_t:s0:c1,c2\",noexec"]);
        Assert.Equal("context=\"system_u:object_r:tmp_t:s0:c1,c2\"", options.Security);
        Assert.Equal(MountCalls.ReadOnly | MountCalls.NoExecute, options.Flags);
    }

    [Theory]
    [InlineData("bogus", "bogus")]
    [InlineData("ro,max_write", "max_write")]
    [InlineData("bogus=1", "bogus=1")]
    [InlineData("max_write=1", "max_write=1")]
    [InlineData("max_write=9M", "max_write=9M")]
    [InlineData("max_write=-5", "max_write=-5")]
    [InlineData("max_write=4294967296K", "max_write=4294967296K")]
    [InlineData("reactors=0", "reactors=0")]
    [InlineData("max_background=0", "max_background=0")]
    [InlineData("max_background=65536", "max_background=65536")]
    [InlineData("sandbox=perhaps", "sandbox=perhaps")]
    [InlineData("attr_timeout=soon", "attr_timeout=soon")]
    [InlineData("attr_timeout=-1", "attr_timeout=-1")]
    [InlineData("attr_timeout=NaN", "attr_timeout=NaN")]
    [InlineData("fsname=", "fsname")]
    [InlineData("remount,ro", "remount")]
    public void Anything_else_is_refused_by_name(string text, string named)
    {
        var refusal = Assert.Throws<Refusal>(() => MountOptionList.Parse([text]));
        Assert.Equal(ExitCode.Usage, refusal.Code);
        Assert.Contains(named, refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
    }
}
