using ByteFuse.Linux;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Transports.Tests;

/// <summary>What is particular to FUSE-over-io_uring.</summary>
public sealed class UringTests
{
    [Fact]
    public void A_refused_entry_leaves_the_mount_to_the_classic_transport()
    {
        KernelMount.Require(TransportKind.Uring);
        // The kernel takes no payload that is shorter than a request may be.
        using var mount = new KernelMount(TransportKind.Uring, payloadLength: 64 << 10, maxWrite: 128 << 10);
        Assert.Equal(TransportKind.Classic, mount.Mount.Transport);
        Assert.Equal(Errno.EINVAL, mount.Mount.UringRefusal);
        File.WriteAllText(mount["file"], "content");
        Assert.Equal("content", File.ReadAllText(mount["file"]));
    }

    [Fact]
    public void Requests_come_through_the_entries()
    {
        KernelMount.Require(TransportKind.Uring);
        using var mount = new KernelMount(TransportKind.Uring, depth: 3);
        for (var i = 0; i < 100; i++) Directory.CreateDirectory(mount[$"{i}"]);
        var entries = mount.Mount.Statistics.Where(queue => queue.Statistics.Slots == 3).ToList();
        Assert.Equal(Processors.PossibleCount(), entries.Count);
        Assert.True(entries.Sum(queue => queue.Statistics.Requests) >= 200, "a lookup and a mkdir for each");
    }

    [Fact]
    public void Several_mounts_have_entries_at_addresses_of_their_own()
    {
        KernelMount.Require(TransportKind.Uring);
        using var first = new KernelMount(TransportKind.Uring);
        using var second = new KernelMount(TransportKind.Uring);
        Assert.NotEqual(first.Mount.EntryMemory!.Value.Address, second.Mount.EntryMemory!.Value.Address);
        File.WriteAllText(second["file"], "content");
        Assert.Equal("content", File.ReadAllText(second["file"]));
    }

    [Theory]
    [InlineData(2, 256 << 20, 1 << 20, 32, 1 << 20)]
    [InlineData(16, 256 << 20, 1 << 20, 16, 1 << 20)]
    [InlineData(64, 256 << 20, 1 << 20, 8, 512 << 10)]
    [InlineData(256, 256 << 20, 1 << 20, 8, 128 << 10)]
    [InlineData(512, 256 << 20, 1 << 20, 4, 128 << 10)]
    [InlineData(2, 256 << 20, 8 << 20, 16, 8 << 20)]
    [InlineData(2, 256 << 20, 4096, 32, 128 << 10)]
    public void A_budget_is_divided_among_all_possible_processors(int processors, long memory, uint maxWrite, int depth, int payload)
    {
        Assert.Equal(new UringPlan(processors, depth, payload), UringPlan.Divide(processors, memory, maxWrite));
        Assert.True((long)processors * depth * payload <= memory);
    }

    [Theory]
    [InlineData(1024, 256 << 20)]
    [InlineData(0, 256 << 20)]
    public void A_budget_that_is_too_small_is_refused(int processors, long memory) =>
        Assert.Null(UringPlan.Divide(processors, memory, 1 << 20));
}
