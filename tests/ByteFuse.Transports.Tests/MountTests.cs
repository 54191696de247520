using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using ByteFuse.Testing;

namespace ByteFuse.Transports.Tests;

/// <summary>What holds for a mount however its requests come.</summary>
public sealed class MountTests
{
    private const int Page = 4096;

    public static TheoryData<TransportKind> Kinds => [TransportKind.Classic, TransportKind.Uring];

    [Theory, MemberData(nameof(Kinds))]
    public void Requests_of_all_sizes_come_through_whole(TransportKind kind)
    {
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind, payloadLength: 256 << 10, maxWrite: 256 << 10);
        Assert.Equal(kind, mount.Mount.Transport);
        var content = new byte[(1 << 20) + 77];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(mount["file"], content);
        // By O_DIRECT, as the page cache would answer.
        var buffer = new byte[2 << 20];
        var fd = Sys.Open(mount["file"], Abi.O_RDONLY | Abi.O_DIRECT);
        Assert.Equal(content.Length, ReadAligned(fd, buffer));
        Sys.Close(fd);
        Assert.True(content.AsSpan().SequenceEqual(buffer.AsSpan(0, content.Length)));
        var value = content.AsSpan(0, 65536);
        Assert.Equal(0, Sys.SetXattr(mount["file"], "user.large", value));
        Assert.Equal(65536, Sys.GetXattr(mount["file"], "user.large", buffer));
        Assert.True(value.SequenceEqual(buffer.AsSpan(0, 65536)));
        for (var i = 0; i < 500; i++) File.CreateSymbolicLink(mount[$"{i:d3}{new string('n', 200)}"], new string('t', 4000));
        Assert.Equal(501, Directory.GetFileSystemEntries(mount.Path).Length);
        Assert.Equal(new string('t', 4000), File.ResolveLinkTarget(mount["123" + new string('n', 200)], false)!.FullName[^4000..]);
        Assert.Empty(mount.Problems);
        Assert.All(mount.Mount.Statistics, queue => Assert.Equal((0, 0), (queue.Statistics.Malformed, queue.Statistics.RefusedReplies)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void No_request_is_longer_than_agreed(TransportKind kind)
    {
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind, payloadLength: 128 << 10, maxWrite: 128 << 10);
        using var memory = NativeMemoryBlock.Allocate(1 << 20);
        var fd = Sys.Open(mount["file"], Abi.O_RDWR | Abi.O_CREAT | Abi.O_DIRECT, 0x1B4);
        Assert.Equal(1 << 20, Sys.Pwrite(fd, memory.Slice.Span, 0));
        Assert.Equal(1 << 20, Sys.Pread(fd, memory.Slice.Span, 0));
        Sys.Close(fd);
        Assert.Equal(8, mount.Connection.Statistics.Of(Opcode.Write).Requests);
        Assert.Equal(8, mount.Connection.Statistics.Of(Opcode.Read).Requests);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Small_requests_leave_room_for_what_is_always_large(TransportKind kind)
    {
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind, payloadLength: 128 << 10, maxWrite: Page);
        File.WriteAllText(mount["file"], "x");
        var value = new byte[65536];
        Assert.Equal(0, Sys.SetXattr(mount["file"], "user.large", value));
        Assert.Equal(65536, Sys.GetXattr(mount["file"], "user.large", value));
    }

    /// <summary>Hazard 10: as many locks wait as there are entries, all on the CPU on which the unlock comes.</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void Waiting_locks_leave_room_for_the_unlock(TransportKind kind)
    {
        const int waiters = 6;
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind, depth: 1, payloadLength: 128 << 10, maxWrite: 128 << 10);
        using var holder = new LockingShell(mount["file"], keeps: true);
        Assert.Equal("locked", holder.Line());
        var shells = Enumerable.Range(0, waiters).Select(_ => new LockingShell(mount["file"], keeps: false)).ToList();
        try
        {
            SpinWait.SpinUntil(() => mount.Connection.ParkedCount == waiters, TimeSpan.FromSeconds(20));
            Assert.Equal(waiters, mount.Connection.ParkedCount);
            holder.Unlock();
            Assert.Equal("unlocked", holder.Line());
            Assert.All(shells, shell => Assert.Equal("locked", shell.Line()));
        }
        finally
        {
            foreach (var shell in shells) shell.Dispose();
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void An_abort_ends_everything(TransportKind kind)
    {
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind);
        using var holder = new LockingShell(mount["file"], keeps: true);
        Assert.Equal("locked", holder.Line());
        using var waiter = new LockingShell(mount["file"], keeps: false);
        SpinWait.SpinUntil(() => mount.Connection.ParkedCount == 1, TimeSpan.FromSeconds(20));
        // MNT_FORCE aborts the connection, busy or not; to the daemon it looks like an unmount (fuse_umount_begin).
        Sys.Umount2(mount.Path, 1);
        Assert.Equal("refused", waiter.Line());
        Assert.Equal(Errno.ENODEV, mount.AwaitEnd());
        Assert.Equal(0, mount.Mount.InFlight);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Reactors_allocate_nothing_for_what_is_asked_most(TransportKind kind)
    {
        const int rounds = 500;
        KernelMount.Require(kind);
        using var mount = new KernelMount(kind, cacheTimeout: TimeSpan.Zero);
        using var memory = NativeMemoryBlock.Allocate(Page);
        var fd = Sys.Open(mount["file"], Abi.O_RDWR | Abi.O_CREAT | Abi.O_DIRECT, 0x1B4);
        var path = mount["file"];
        void Work()
        {
            for (var i = 0; i < rounds; i++)
            {
                Sys.Pwrite(fd, memory.Slice.Span, 0);
                Sys.Pread(fd, memory.Slice.Span, 0);
                File.GetLastWriteTimeUtc(path);
            }
        }
        Work();
        // What asking itself costs a reactor comes off; windows, as what runs beside requests now and then allocates too.
        var least = long.MaxValue;
        for (var window = 0; window < 5 && least > 0; window++)
        {
            var before = Allocated(mount);
            var asking = Allocated(mount) - before;
            Work();
            least = Math.Min(least, Allocated(mount) - before - 2 * asking);
        }
        Sys.Close(fd);
        foreach (var opcode in (ReadOnlySpan<Opcode>)[Opcode.Lookup, Opcode.Read, Opcode.Write])
            Assert.True(mount.Connection.Statistics.Of(opcode).Requests >= 2 * rounds, $"{opcode} was not asked");
        Assert.InRange(least, long.MinValue, 0);
    }

    private static long Allocated(KernelMount mount)
    {
        var sum = 0L;
        for (var i = 0; i < mount.Reactors.Reactors.Count; i++)
            sum += mount.Reactors.RunOn(i, () => new ReactorTask<long>(GC.GetAllocatedBytesForCurrentThread()));
        return sum;
    }

    private static long ReadAligned(long fd, byte[] into)
    {
        using var memory = NativeMemoryBlock.Allocate(into.Length);
        var total = 0L;
        while (Sys.Pread(fd, memory.Slice.Span[(int)total..], total) is var read and > 0) total += read;
        memory.Slice.Span.CopyTo(into);
        return total;
    }
}
