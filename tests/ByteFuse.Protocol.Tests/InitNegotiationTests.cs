using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class InitNegotiationTests
{
    private const InitFlags Everything = (InitFlags)ulong.MaxValue;

    [Fact]
    public void A_current_kernel_agrees_on_every_default_flag()
    {
        var agreement = Negotiate(Everything, new InitPreferences());
        Assert.Equal(InitOutcome.Accepted, agreement.Outcome);
        Assert.Equal(7u, agreement.Reply.Major);
        Assert.Equal(45u, agreement.Minor);
        Assert.Equal(InitPreferences.DefaultFlags, agreement.Flags);
        Assert.Equal(1u, agreement.Reply.TimeGranularity);
        Assert.Equal(1u << 20, agreement.MaxWrite);
        Assert.Equal(256, agreement.Reply.MaxPages);
    }

    [Fact]
    public void Only_offered_flags_are_taken()
    {
        const InitFlags Offered =
            InitFlags.InitExt | InitFlags.SetXattrExt | InitFlags.AsyncRead | InitFlags.WritebackCache | InitFlags.HasResend;
        Assert.Equal(Offered & ~InitFlags.WritebackCache, Negotiate(Offered, new InitPreferences()).Flags);
    }

    [Theory]
    [InlineData(InitFlags.WritebackCache)]
    [InlineData(InitFlags.AutoInvalidateData)]
    [InlineData(InitFlags.NoOpenSupport)]
    [InlineData(InitFlags.NoOpenDirectorySupport)]
    [InlineData(InitFlags.RequestTimeout)]
    [InlineData(InitFlags.HandleKillPriv)]
    [InlineData(InitFlags.NoExportSupport)]
    [InlineData(InitFlags.Passthrough)]
    [InlineData(InitFlags.OverIoUring)]
    public void Some_flags_are_not_taken_by_default(InitFlags flag) =>
        Assert.Equal(InitFlags.None, Negotiate(Everything, new InitPreferences()).Flags & flag);

    [Fact]
    public void Request_timeout_and_no_open_are_never_taken_even_if_asked_for()
    {
        var agreement = Negotiate(Everything, new InitPreferences { Flags = Everything });
        Assert.Equal(InitFlags.None, agreement.Flags & (InitFlags.RequestTimeout | InitFlags.NoOpenSupport));
        Assert.Equal(0, agreement.Reply.RequestTimeout);
    }

    [Theory]
    [InlineData(8u << 20, 2048u, 2048, 8u << 20)]
    [InlineData(64u << 20, 65535u, 2048, 8u << 20)]
    [InlineData(8u << 20, 256u, 256, 1u << 20)]
    [InlineData(4097u, 256u, 1, 4096u)]
    [InlineData(0u, 256u, 1, 4096u)]
    [InlineData(1u << 20, 0u, 1, 4096u)]
    public void Pages_and_max_write_agree(uint maxWrite, uint limit, int pages, uint expected)
    {
        var preferences = new InitPreferences { MaxWrite = maxWrite, MaxPagesLimit = limit };
        var agreement = Negotiate(Everything, preferences);
        Assert.Equal(pages, agreement.Reply.MaxPages);
        Assert.Equal(expected, agreement.MaxWrite);
    }

    [Fact]
    public void Without_max_pages_a_write_has_32_pages_at_most()
    {
        var agreement = Negotiate(Everything & ~InitFlags.MaxPages, new InitPreferences { MaxWrite = 8 << 20, MaxPagesLimit = 2048 });
        Assert.Equal(32u * 4096, agreement.MaxWrite);
        Assert.Equal(0, agreement.Reply.MaxPages);
    }

    [Fact]
    public void Large_pages_are_fewer()
    {
        var agreement = Negotiate(Everything, new InitPreferences { PageSize = 65536 });
        Assert.Equal(16, agreement.Reply.MaxPages);
        Assert.Equal(1u << 20, agreement.MaxWrite);
    }

    [Fact]
    public void A_higher_major_is_told_ours_and_asked_again()
    {
        var init = Offer(Everything);
        init.Major = 8;
        var agreement = InitNegotiation.Negotiate(in init, new InitPreferences());
        Assert.Equal(InitOutcome.AwaitNextInit, agreement.Outcome);
        Assert.Equal(7u, agreement.Reply.Major);
        Assert.Equal(InitFlags.None, agreement.Flags);
    }

    [Theory]
    [InlineData(6u, 45u)]
    [InlineData(0u, 0u)]
    [InlineData(7u, 32u)]
    public void A_kernel_too_old_is_refused(uint major, uint minor)
    {
        var init = Offer(Everything);
        init.Major = major;
        init.Minor = minor;
        var agreement = InitNegotiation.Negotiate(in init, new InitPreferences());
        Assert.Equal(InitOutcome.Refused, agreement.Outcome);
        Assert.Equal(default, agreement.Reply);
    }

    [Fact]
    public void A_kernel_without_SETXATTR_EXT_is_refused() =>
        Assert.Equal(
            InitOutcome.Refused, Negotiate(Everything & ~InitFlags.SetXattrExt, new InitPreferences()).Outcome);

    [Fact]
    public void SETXATTR_EXT_and_INIT_EXT_are_taken_whatever_is_asked_for() =>
        Assert.Equal(
            InitFlags.SetXattrExt | InitFlags.InitExt,
            Negotiate(Everything, new InitPreferences { Flags = InitFlags.None }).Flags);

    [Fact]
    public void A_minor_from_the_future_is_lowered()
    {
        var init = Offer(Everything);
        init.Minor = 99;
        Assert.Equal(45u, InitNegotiation.Negotiate(in init, new InitPreferences()).Minor);
    }

    [Fact]
    public void A_short_INIT_has_no_second_flags()
    {
        var init = Offer(Everything & ~InitFlags.InitExt);
        init.Minor = 35;
        Span<byte> bytes = stackalloc byte[64];
        MemoryMarshal.Write(bytes, in init);
        Assert.True(InitIn.TryRead(bytes[..OpcodeTable.ShortInitLength], out var read));
        Assert.Equal(init.MaxReadAhead, read.MaxReadAhead);
        var agreement = InitNegotiation.Negotiate(in read, new InitPreferences());
        Assert.Equal(InitOutcome.Accepted, agreement.Outcome);
        Assert.Equal(35u, agreement.Minor);
        Assert.Equal(0u, agreement.Reply.FlagsHigh);
        Assert.NotEqual(InitFlags.None, agreement.Flags & InitFlags.PosixLocks);
        Assert.False(InitIn.TryRead(bytes[..15], out _));
    }

    [Fact]
    public void A_second_word_of_flags_without_INIT_EXT_is_not_believed()
    {
        var agreement = Negotiate(Everything & ~InitFlags.InitExt, new InitPreferences());
        Assert.Equal(0u, agreement.Reply.FlagsHigh);
    }

    [Theory]
    [InlineData(0u, InitFlags.Passthrough, false)]
    [InlineData(1u, InitFlags.Passthrough, true)]
    [InlineData(2u, InitFlags.Passthrough, true)]
    [InlineData(3u, InitFlags.Passthrough, false)]
    [InlineData(1u, InitFlags.Passthrough | InitFlags.WritebackCache, false)]
    public void Passthrough_needs_a_stack_depth_and_no_writeback(uint depth, InitFlags wanted, bool expected)
    {
        var preferences = new InitPreferences { Flags = InitPreferences.DefaultFlags | wanted, MaxStackDepth = depth };
        var agreement = Negotiate(Everything, preferences);
        Assert.Equal(expected, (agreement.Flags & InitFlags.Passthrough) != 0);
        Assert.Equal(expected ? depth : 0, agreement.Reply.MaxStackDepth);
    }

    [Theory]
    [InlineData(InitFlags.PosixAcl, true)]
    [InlineData(InitFlags.None, false)]
    public void Idmapped_mounts_need_the_kernels_permission_checks(InitFlags besides, bool expected)
    {
        var agreement = Negotiate(Everything, new InitPreferences { Flags = InitFlags.AllowIdmap | besides });
        Assert.Equal(expected, (agreement.Flags & InitFlags.AllowIdmap) != 0);
    }

    [Fact]
    public void Congestion_begins_no_later_than_the_bound()
    {
        var agreement = Negotiate(Everything, new InitPreferences { MaxBackground = 16, CongestionThreshold = 64 });
        Assert.Equal(16, agreement.Reply.MaxBackground);
        Assert.Equal(16, agreement.Reply.CongestionThreshold);
    }

    [Fact]
    public void Both_halves_of_the_flags_reach_the_wire()
    {
        var init = Offer(Everything);
        Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<InitOut>()];
        var agreement = InitNegotiation.Negotiate(in init, new InitPreferences());
        var reply = agreement.Reply;
        MemoryMarshal.Write(bytes, in reply);
        Assert.Equal((uint)((ulong)InitPreferences.DefaultFlags & uint.MaxValue), MemoryMarshal.Read<uint>(bytes[12..]));
        Assert.Equal((uint)((ulong)InitPreferences.DefaultFlags >> 32), MemoryMarshal.Read<uint>(bytes[32..]));
    }

    private static InitAgreement Negotiate(InitFlags offered, InitPreferences preferences)
    {
        var init = Offer(offered);
        return InitNegotiation.Negotiate(in init, in preferences);
    }

    private static InitIn Offer(InitFlags flags) => new()
    {
        Major = 7,
        Minor = 45,
        MaxReadAhead = 131072,
        FlagsLow = (uint)flags,
        FlagsHigh = (uint)((ulong)flags >> 32),
    };
}
