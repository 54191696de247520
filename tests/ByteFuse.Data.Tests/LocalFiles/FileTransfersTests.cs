using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Linux;
using ByteFuse.Reactor;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>Which transfers are made at once and which go through the ring.</summary>
public sealed class FileTransfersTests(Ext4Image image) : IClassFixture<Ext4Image>
{
    private const int Length = 64 << 10;

    [Fact]
    public void What_is_in_the_page_cache_is_read_without_the_ring()
    {
        using var bench = OpenWritten(out _);
        var before = RingOperations(bench);
        for (var i = 0; i < 100; i++) Assert.Equal(Length, bench.Read(1, 0, Length + 10).Length);
        Assert.Equal(before, RingOperations(bench));
    }

    [Fact]
    public void What_is_not_comes_through_the_ring_into_registered_memory()
    {
        using var bench = OpenWritten(out var store);
        Assert.Equal(Errno.None, bench.Run(_ => new ReactorTask<Errno>(CoreReactor.Current.RegisteredMemory.TryAdd(bench.Memory()))));
        Assert.Equal(Errno.None, bench.Run(data => data.Sync(1, dataOnly: false)));
        DropPages(store.PathOf(1));
        var read = bench.Read(1, 0, Length);
        Assert.Equal(Length, read.Length);
        Assert.Equal(-1, read.AsSpan().IndexOfAnyExcept((byte)7));
        Assert.True(bench.Reactors.Reactors[0].Statistics.RegisteredTransfers > 0, "no read of registered memory");
    }

    [Fact]
    public void Writes_are_made_at_once_when_there_is_room_for_dirty_pages()
    {
        using var bench = OpenWritten(out _);
        // The first ones had the kernel asked how many pages are dirty.
        Assert.True(SpinWait.SpinUntil(() => WritesAtOnce(bench), 10_000), "every write went through the ring");
    }

    [Fact]
    public void Every_byte_that_is_read_or_written_is_counted_once()
    {
        using var bench = OpenWritten(out _);
        var statistics = bench.Reactors.Reactors[0].Statistics;
        var before = statistics.Moved;
        bench.Read(1, 0, Length + 10);
        bench.Write(1, 0, new byte[1000]);
        Assert.Equal(before + Length + 1000, statistics.Moved);
    }

    private static bool WritesAtOnce(StoreBench bench)
    {
        var before = RingOperations(bench);
        bench.Write(1, 0, new byte[4096]);
        return RingOperations(bench) == before;
    }

    private StoreBench OpenWritten(out LocalFileStore store)
    {
        store = LocalFileStore.Open(image.NewFolder());
        var bench = new StoreBench(store);
        var bytes = new byte[Length];
        Array.Fill(bytes, (byte)7);
        bench.Write(1, 0, bytes);
        return bench;
    }

    // Reads and writes of the ring, without the reads of the eventfd that wakes it.
    private static long RingOperations(StoreBench bench)
    {
        var statistics = bench.Reactors.Reactors[0].Statistics;
        return statistics.Completions - statistics.WakeUps;
    }

    private static void DropPages(string path)
    {
        // Clean pages of one file: `dd oflag=nocache` is posix_fadvise(POSIX_FADV_DONTNEED).
        Command.Check("dd", $"of={path}", "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none");
    }
}
