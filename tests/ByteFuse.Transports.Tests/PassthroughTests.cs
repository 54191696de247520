using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Testing;

namespace ByteFuse.Transports.Tests;

/// <summary>Files that the kernel reads and writes by itself, on the real kernel.</summary>
public sealed class PassthroughTests
{
    public static TheoryData<TransportKind> Kinds => [TransportKind.Classic, TransportKind.Uring];

    [Theory, MemberData(nameof(Kinds))]
    public void Reads_and_writes_do_not_come_to_the_daemon_and_attributes_are_right(TransportKind kind)
    {
        using var mount = Mount(kind);
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(mount["file"], content);
        Assert.Equal(content, File.ReadAllBytes(mount["file"]));
        var fd = Sys.Open(mount["file"], Abi.O_RDWR);
        Assert.Equal(3, Sys.Pwrite(fd, "end"u8, 300_000));
        Assert.Equal(0, Sys.Fstat(fd, out var status));
        Assert.Equal(300_003, status.Size);
        Assert.True(status.Blocks >= 300_000 / 512);
        Assert.True(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - status.ModifyTime.Seconds < 60);
        Assert.Equal(1, mount.Mount.BackingFiles);
        Sys.Close(fd);
        Assert.Equal((0L, 0L), Transfers(mount));
        AwaitNone(mount);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Flags_that_fcntl_takes_away_are_gone(TransportKind kind)
    {
        using var mount = Mount(kind);
        File.WriteAllText(mount["file"], "abc");
        var append = Sys.Open(mount["file"], Abi.O_RDWR | Abi.O_APPEND);
        Assert.Equal(1, Sys.Write(append, "d"u8));
        Assert.Equal(0, Sys.Fcntl(append, Abi.F_SETFL, 0));
        Assert.Equal(1, Sys.Pwrite(append, "A"u8, 0));
        var direct = Sys.Open(mount["file"], Abi.O_WRONLY | Abi.O_DIRECT);
        Assert.Equal(0, Sys.Fcntl(direct, Abi.F_SETFL, 0));
        Assert.Equal(1, Sys.Pwrite(direct, "B"u8, 1));
        Sys.Close(direct);
        Sys.Close(append);
        Assert.Equal("ABcd", File.ReadAllText(mount["file"]));
        AwaitNone(mount);
    }

    /// <summary>The kernel fails an open with EIO that has not the backing file of the others (fs/fuse/iomode.c).</summary>
    [Theory, MemberData(nameof(Kinds))]
    public void Opens_of_one_file_on_all_CPUs_agree(TransportKind kind)
    {
        const int threads = 4;
        const int rounds = 2000;
        using var mount = Mount(kind);
        string[] files = [mount["empty"], mount["full"]];
        File.WriteAllText(files[0], "");
        File.WriteAllText(files[1], "x");
        int[] flags = [Abi.O_RDONLY, Abi.O_RDWR, Abi.O_WRONLY, Abi.O_RDWR | Abi.O_APPEND, Abi.O_RDWR | Abi.O_TRUNC];
        var failures = 0;
        void Work(int seed)
        {
            var random = new Random(seed);
            for (var i = 0; i < rounds; i++)
            {
                var fd = Sys.Open(files[random.Next(2)], flags[random.Next(flags.Length)]);
                if (fd < 0) Interlocked.Increment(ref failures);
                else Sys.Close(fd);
            }
        }
        var workers = Enumerable.Range(1, threads).Select(seed => new Thread(() => Work(seed))).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        Assert.Equal(0, failures);
        AwaitNone(mount);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Synchronous_writes_stay_in_the_kernel(TransportKind kind)
    {
        using var mount = Mount(kind);
        var fd = Sys.Open(mount["file"], Abi.O_WRONLY | Abi.O_CREAT | Abi.O_DSYNC, 0x1B4);
        Assert.Equal(5, Sys.Write(fd, "hello"u8));
        Assert.Equal(5, Sys.Write(fd, "world"u8));
        Sys.Close(fd);
        Assert.Equal((0L, 0L), Transfers(mount));
        Assert.Equal("helloworld", File.ReadAllText(mount["file"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void A_file_without_bytes_that_is_being_read_is_written_by_the_daemon(TransportKind kind)
    {
        using var mount = Mount(kind);
        Assert.Equal(0, Sys.Mknod(mount["file"], Abi.S_IFREG | 0x1B4));
        var reader = Sys.Open(mount["file"], Abi.O_RDONLY);
        Assert.Equal(0, Sys.Read(reader, new byte[10]));
        var writer = Sys.Open(mount["file"], Abi.O_WRONLY);
        Assert.Equal(5, Sys.Write(writer, "hello"u8));
        Assert.Equal(5, Sys.Pread(reader, new byte[10], 0));
        Assert.Equal(1L, Transfers(mount).Writes);
        Sys.Close(writer);
        Sys.Close(reader);
        Assert.Equal("hello", File.ReadAllText(mount["file"]));
        AwaitNone(mount);
    }

    [Fact]
    public void Without_it_nothing_is_given_to_the_kernel()
    {
        KernelMount.Require(TransportKind.Classic);
        using var mount = new KernelMount(TransportKind.Classic);
        File.WriteAllText(mount["file"], "hello");
        using var open = File.OpenRead(mount["file"]);
        Assert.Equal((false, 0), (mount.Mount.Passthrough, mount.Mount.BackingFiles));
        Assert.Equal(1L, Transfers(mount).Writes);
    }

    private static KernelMount Mount(TransportKind kind)
    {
        KernelMount.Require(kind);
        var mount = new KernelMount(kind, passthrough: true);
        if (mount.Mount.PassthroughRefusal == Errno.EOPNOTSUPP)
        {
            mount.Dispose();
            Assert.Skip("this kernel has no FUSE passthrough");
        }
        Assert.Equal((Errno.None, kind), (mount.Mount.PassthroughRefusal, mount.Mount.Transport));
        return mount;
    }

    private static (long Reads, long Writes) Transfers(KernelMount mount) =>
        (mount.Connection.Statistics.Of(Opcode.Read).Requests, mount.Connection.Statistics.Of(Opcode.Write).Requests);

    // RELEASE comes after close(2) has returned.
    private static void AwaitNone(KernelMount mount)
    {
        SpinWait.SpinUntil(() => mount.Mount.BackingFiles == 0, TimeSpan.FromSeconds(20));
        Assert.Equal(0, mount.Mount.BackingFiles);
    }
}
