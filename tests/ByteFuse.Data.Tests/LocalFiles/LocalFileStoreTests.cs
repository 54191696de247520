using System.Text;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Tests.LocalFiles;

public sealed class LocalFileStoreTests(Ext4Image image) : IClassFixture<Ext4Image>
{
    [Fact]
    public void FilesLieWhereTheFormatSays()
    {
        using var bench = Open(out var store);
        bench.Write(0x0123456789ABCDEF, 0, "x"u8);
        bench.Write(1, 0, "y"u8);
        // Bits 6 to 21 name the folder: 0x0123456789ABCDEF >> 6 ends with 0xAF37.
        Assert.Equal("x", File.ReadAllText(Path.Combine(store.Directory, "af/37/0123456789abcdef")));
        Assert.Equal("y", File.ReadAllText(Path.Combine(store.Directory, "00/00/0000000000000001")));
    }

    [Fact]
    public void OpenFilesStayBelowTheBound()
    {
        const int bound = 64;
        using var bench = Open(out var store, bound);
        for (var pass = 0; pass < 2; pass++)
        {
            for (ulong id = 0; id < 3 * bound; id++)
            {
                if (pass == 0) bench.Write(id, 0, Encoding.ASCII.GetBytes($"file {id}"));
                else Assert.Equal($"file {id}", Encoding.ASCII.GetString(bench.Read(id, 0, 100, bench.Other)));
            }
            Assert.InRange(store.Statistics.OpenFiles, bound / 2, bound);
            AssertNoneLeftOpen(store);
        }
        var statistics = store.Statistics;
        Assert.Equal(statistics.Opens - statistics.OpenFiles, statistics.Evictions);
        Assert.True(statistics.Evictions >= 2 * bound);
    }

    [Fact]
    public void FilesInUseAreFoundOpen()
    {
        using var bench = Open(out var store);
        bench.Write(1, 0, "x"u8);
        for (var i = 0; i < 10; i++) bench.Read(1, 0, 1);
        Assert.Equal((1L, 10L), (store.Statistics.Opens, store.Statistics.Hits));
    }

    [Fact]
    public void BothReactorsMayOpenOneFileAtOnce()
    {
        using var bench = Open(out var store, 1);
        bench.Write(1, 0, "one"u8);
        var failures = OnBothReactors(bench, reactor =>
        {
            for (ulong i = 0; i < 300; i++)
            {
                // Another file in between: with room for one, each round opens anew.
                bench.Write(100 + (ulong)reactor, 0, "other"u8, reactor);
                Assert.Equal("one"u8, bench.Read(1, 0, 100, reactor));
                Assert.Equal(1, bench.Write(1000 + i, reactor, "z"u8, reactor).Value);
            }
        });
        Assert.Empty(failures);
        for (ulong i = 0; i < 300; i++) Assert.Equal(bench.Other + 1, bench.Attributes(1000 + i).Size);
        AssertNoneLeftOpen(store);
    }

    [Fact]
    public void DeletingWhileReadingNeverShowsOtherBytes()
    {
        const int length = 64 << 10;
        using var bench = Open(out var store, 4);
        Assert.SkipWhen(bench.Other == 0, "Needs two reactors.");
        var round = 0UL;
        var contents = Enumerable.Range(0, 256).Select(i => Enumerable.Repeat((byte)i, length).ToArray()).ToArray();
        bench.Write(0, 0, contents[0]);
        using var stop = new CancellationTokenSource();
        var failures = OnBothReactors(bench, reactor =>
        {
            if (reactor == 0)
            {
                // The descriptor that a deletion closes gets its number reused by the next file.
                for (ulong i = 1; i <= 400; i++)
                {
                    bench.Run(s => s.Delete(i - 1));
                    bench.Write(i, 0, contents[(int)(i % 256)]);
                    Volatile.Write(ref round, i);
                }
                stop.Cancel();
                return;
            }
            while (!stop.IsCancellationRequested)
            {
                var id = Volatile.Read(ref round);
                var bytes = bench.Read(id, 0, length, 1);
                Assert.True(bytes.Length == 0 || bytes.AsSpan().SequenceEqual(contents[(int)(id % 256)]), $"file {id}");
            }
        });
        Assert.Empty(failures);
        AssertNoneLeftOpen(store);
    }

    [Fact]
    public void DeletedFileStaysOpenForWhoeverUsesIt()
    {
        using var bench = Open(out var store);
        bench.Write(1, 0, "kept"u8);
        Assert.Equal(1, CountDescriptors(store.Directory));
        var root = FileCalls.Open(store.Directory, OpenFlags.ReadOnly).Value;
        using (var files = new OpenFiles(root, 4, new ImmediateCalls(inMemory: false, DirtyPages.Now)))
        {
            var (read, error) = bench.Run(async _ =>
            {
                var held = (await files.Open(1, create: false)).Descriptor!;
                Assert.Equal(Errno.None, await files.Unlink(1));
                var read = await CoreReactor.Current.Read(held.Fd, bench.Memory(), 0);
                var error = (await files.Open(1, create: false)).Error;
                files.Return(held);
                return (read, error);
            });
            Assert.Equal((4, Errno.ENOENT), (read.Value, error));
            // The store's own is left; the other one was closed by its last user.
            SpinWait.SpinUntil(() => CountDescriptors(store.Directory) == 1, 10_000);
            Assert.Equal(1, CountDescriptors(store.Directory));
        }
        FileCalls.Close(root);
    }

    [Fact]
    public void EmptyFilesAreToldFromListings()
    {
        using var bench = Open(out var store);
        bench.Write(640, 0, "x"u8);
        var opens = store.Statistics.Opens;
        for (ulong id = 0; id < 1280; id++) Assert.Equal(id == 640, bench.Attributes(id).Exists);
        Assert.Equal(opens, store.Statistics.Opens);
        // 20 groups of 64, one of which may have been known already by nothing but its open file.
        Assert.InRange(store.Statistics.Listings, 19, 20);
        bench.Write(641, 0, "y"u8);
        Assert.True(bench.Attributes(641).Exists);
        bench.Run(s => s.Delete(641));
        Assert.False(bench.Attributes(641).Exists);
        Assert.InRange(store.Statistics.Listings, 19, 20);
    }

    [Fact]
    public void WhatOneReactorMadeOrDeletedTheOtherSees()
    {
        using var bench = Open(out _, 1);
        Assert.SkipWhen(bench.Other == 0, "Needs two reactors.");
        var made = 0L;
        var deleted = 0L;
        const long last = 2000;
        var failures = OnBothReactors(bench, reactor =>
        {
            if (reactor == 0)
            {
                for (var id = 1L; id <= last; id++)
                {
                    bench.Write((ulong)id, 0, "x"u8);
                    Volatile.Write(ref made, id);
                    if (id % 2 != 0) continue;
                    bench.Run(s => s.Delete((ulong)id - 1));
                    Volatile.Write(ref deleted, id - 1);
                }
                return;
            }
            while (Volatile.Read(ref deleted) < last - 1)
            {
                var id = Volatile.Read(ref made);
                if (id % 2 == 0 && id > 0) Assert.True(bench.Attributes((ulong)id, 1).Exists, $"{id} was made");
                id = Volatile.Read(ref deleted);
                if (id > 0) Assert.False(bench.Attributes((ulong)id, 1).Exists, $"{id} was deleted");
                // Unknown neighbours ahead of the maker, so that listings and creations cross.
                bench.Attributes((ulong)(id + 64), 1);
            }
        });
        Assert.Empty(failures);
    }

    [Fact]
    public void FirstSyncOfANewFileSyncsItsFolders()
    {
        using var bench = Open(out _);
        bench.Write(1, 0, "x"u8);
        // The file; open, fsync and close of yy and of xx; the directory.
        Assert.Equal(8, SubmissionsOfSync(bench, 1));
        bench.Write(1, 0, "y"u8);
        Assert.Equal(1, SubmissionsOfSync(bench, 1));
        bench.Write(2, 0, "x"u8);
        Assert.Equal(1, SubmissionsOfSync(bench, 1));
        // The folder is new no more.
        Assert.Equal(4, SubmissionsOfSync(bench, 2));
        Assert.Equal(1, SubmissionsOfSync(bench, 2));
    }

    [Fact]
    public void LongCopyGoesOnAfterItsFirstChunk()
    {
        using var bench = Open(out _);
        const long length = FileTransfers.CopyChunk + 5;
        bench.Write(1, length - 3, "end"u8);
        Assert.Equal(length, bench.Run(s => s.CopyRange(1, 0, 2, 0, long.MaxValue)).LongValue);
        Assert.Equal("end"u8, bench.Read(2, length - 3, 10));
    }

    [Fact]
    public void CopyOntoItselfIsRefusedWhereItOverlaps()
    {
        using var bench = Open(out _);
        bench.Write(1, 0, "0123456789"u8);
        Assert.Equal(Errno.EINVAL, bench.Run(s => s.CopyRange(1, 0, 1, 2, 5)).Error);
        Assert.Equal(4, bench.Run(s => s.CopyRange(1, 0, 1, 6, 4)).Value);
        Assert.Equal("0123450123"u8, bench.Read(1, 0, 100));
    }

    [Fact]
    public void FileLimitOfTheFileSystemIsEfbig()
    {
        using var bench = Open(out _);
        const long limit = 16L << 40; // ext4 with blocks of 4 KiB
        Assert.Equal(Errno.EFBIG, bench.Run(s => s.Truncate(1, limit)));
        Assert.Equal(Errno.EFBIG, bench.Write(1, limit, "x"u8).Error);
        Assert.Equal(Errno.None, bench.Run(s => s.Truncate(1, limit - 4096)));
        Assert.Equal(limit - 4096, bench.Attributes(1).Size);
        Assert.InRange(bench.Attributes(1).Blocks, 0, 64);
    }

    [Fact]
    public void SpaceIsThatOfTheFileSystemBelow()
    {
        using var bench = Open(out var store);
        var space = bench.Run(s => s.GetSpace()).Space;
        Assert.Equal((ulong)new DriveInfo(store.Directory).TotalSize, space.Blocks * space.BlockSize);
    }

    [Fact]
    public void DisposedStoreHasClosedItsFilesAndCanBeOpenedAgain()
    {
        string directory;
        using (var bench = Open(out var store))
        {
            directory = store.Directory;
            for (ulong id = 0; id < 10; id++) bench.Write(id, 0, "kept"u8);
        }
        Assert.Equal(0, CountDescriptors(directory));
        using var again = new StoreBench(LocalFileStore.Open(directory));
        Assert.Equal("kept"u8, again.Read(9, 0, 100));
    }

    private StoreBench Open(out LocalFileStore store, int? descriptorBound = null)
    {
        store = LocalFileStore.Open(image.NewFolder(), descriptorBound);
        return new StoreBench(store);
    }

    // On the reactor, so that nothing else that it does is counted.
    private static long SubmissionsOfSync(StoreBench bench, ulong dataId) => bench.Run(async store =>
    {
        var before = Submitted();
        Assert.Equal(Errno.None, await store.Sync(dataId, dataOnly: true));
        return Submitted() - before;
    });

    // But for the eventfd's reads: its signal may come later than what it was for.
    private static long Submitted() => CoreReactor.Current.Statistics.Submitted - CoreReactor.Current.Statistics.WakeUps;

    private static List<Exception> OnBothReactors(StoreBench bench, Action<int> work)
    {
        var failures = new List<Exception>();
        var threads = Enumerable.Range(0, bench.Other + 1).Select(reactor => new Thread(() =>
        {
            try
            {
                work(reactor);
            }
            catch (Exception failure)
            {
                lock (failures) failures.Add(failure);
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        return failures;
    }

    // Closes are not awaited by the operations that cause them; 10 s stand for ever.
    private static void AssertNoneLeftOpen(LocalFileStore store)
    {
        SpinWait.SpinUntil(() => CountDescriptors(store.Directory) == store.Statistics.OpenFiles, 10_000);
        Assert.Equal(store.Statistics.OpenFiles, CountDescriptors(store.Directory));
    }

    private static int CountDescriptors(string directory) => Directory.EnumerateFileSystemEntries("/proc/self/fd")
        .Count(fd => new FileInfo(fd).LinkTarget?.StartsWith(directory + "/", StringComparison.Ordinal) == true);
}
