using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Transports.Uring;
using OpenFlags = ByteFuse.Linux.OpenFlags;

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

    [Fact]
    public void What_is_read_and_written_goes_between_files_and_payloads_without_a_copy()
    {
        KernelMount.Require(TransportKind.Uring);
        using var mount = new KernelMount(TransportKind.Uring);
        var bytes = new byte[(3 << 20) + 5];
        Random.Shared.NextBytes(bytes);
        File.WriteAllBytes(mount["file"], bytes);
        Assert.Equal(bytes, File.ReadAllBytes(mount["file"]));
        var served = mount.Connection.Statistics.Of(Opcode.Write).PayloadBytes + mount.Connection.Statistics.Of(Opcode.Read).BodyBytes;
        Assert.Equal(served, mount.Reactors.Reactors.Sum(reactor => reactor.Statistics.Moved));
        Assert.True(served >= bytes.Length, "nothing was written");
    }

    [Fact]
    public void Payloads_are_registered_once_they_have_been_used()
    {
        KernelMount.Require(TransportKind.Uring);
        using var mount = new KernelMount(TransportKind.Uring, depth: 3);
        for (var i = 0; i < 20; i++) Directory.CreateDirectory(mount[$"{i}"]);
        Assert.Equal(0, Registered(mount));
        Assert.True(SpinWait.SpinUntil(() => Written(mount) > 0, 20_000), "no payload was registered");
        Assert.InRange(Written(mount), 1, Processors.PossibleCount() * 3);

        static int Registered(KernelMount mount) => mount.Reactors.Reactors.Sum(reactor => reactor.RegisteredMemory.Count);

        static int Written(KernelMount mount)
        {
            File.WriteAllText(mount["file"], "content");
            return Registered(mount);
        }
    }

    [Fact]
    public void A_queue_with_many_reads_has_help_and_gets_its_entries_back()
    {
        KernelMount.Require(TransportKind.Uring);
        using var mount = new KernelMount(TransportKind.Uring);
        Assert.SkipUnless(mount.Reactors.Reactors.Count > 1, "there is no other CPU");
        var bytes = new byte[64 << 20];
        Random.Shared.NextBytes(bytes);
        File.WriteAllBytes(mount["file"], bytes);
        for (var round = 0; round < 50 && HelpedWith(mount) == 0; round++)
            Assert.True(ReadFromOneProcessor(mount["file"], bytes), "contents differ");
        Assert.True(HelpedWith(mount) > 0, "nobody helped");
        // One request after the other needs no help.
        for (var i = 0; i < 1000; i++) Assert.False(Directory.Exists(mount["absent" + i]));
        Assert.Equal(0, mount.Mount.InFlight);
        Assert.Equal(bytes, File.ReadAllBytes(mount["file"]));

        static long HelpedWith(KernelMount mount) => mount.Mount.Statistics.Where(queue => queue.Statistics.Slots == 0).Sum(queue => queue.Statistics.Requests);
    }

    // As one thread with asynchronous I/O does: many requests come from one CPU.
    private static bool ReadFromOneProcessor(string file, byte[] expected)
    {
        const int threads = 16, length = 1 << 20;
        var equal = 0;
        var readers = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            ProcessCalls.PinCurrentThread(0);
            var fd = FileCalls.Open(file, OpenFlags.ReadOnly | OpenFlags.Direct).Value;
            var buffer = new byte[length];
            var same = true;
            for (var at = number * length; at < expected.Length; at += threads * length)
                same &= FileCalls.ReadAt(fd, buffer, at).Value == length && buffer.AsSpan().SequenceEqual(expected.AsSpan(at, length));
            FileCalls.Close(fd);
            if (same) Interlocked.Increment(ref equal);
        })).ToList();
        readers.ForEach(reader => reader.Start());
        readers.ForEach(reader => reader.Join());
        return equal == threads;
    }

    [Fact]
    public void Payloads_are_given_up_when_the_mount_ends()
    {
        KernelMount.Require(TransportKind.Uring);
        IReadOnlyList<Reactor.CoreReactor> reactors;
        using (var mount = new KernelMount(TransportKind.Uring))
        {
            reactors = mount.Reactors.Reactors;
            for (var i = 0; i < 20; i++) File.WriteAllText(mount[$"{i}"], "content");
        }
        Assert.Equal(0, reactors.Sum(reactor => reactor.RegisteredMemory.Count));
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
