using ByteFuse.Linux;

namespace ByteFuse.Data.Tests.Contract;

/// <summary>What every store promises.</summary>
public abstract partial class DataStoreContract : IDisposable
{
    private const int PunchHole = 3;
    private readonly Lazy<StoreBench> bench;

    protected DataStoreContract() => bench = new Lazy<StoreBench>(() => new StoreBench(Open()));

    protected StoreBench Bench => bench.Value;

    /// <summary>An empty store.</summary>
    protected abstract IDataStore Open();

    public virtual void Dispose()
    {
        if (bench.IsValueCreated) bench.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void DataIdWithoutBytesReadsAsAnEmptyFile()
    {
        Assert.Empty(Bench.Read(7, 0, 100));
        Assert.Empty(Bench.Read(7, 1 << 30, 100));
        Assert.Equal(default, Bench.Attributes(7));
        Assert.Equal(Errno.None, Bench.Run(s => s.Sync(7, dataOnly: false)));
        Assert.Equal(Errno.None, Bench.Run(s => s.Delete(7)));
        Assert.Equal(Errno.ENXIO, Bench.Run(s => s.Seek(7, 0, 3)).Error);
        Assert.Equal(Errno.ENXIO, Bench.Run(s => s.Seek(7, 0, 4)).Error);
        Assert.Equal(Errno.ENOENT, Bench.Run(s => s.SetModified(7, 5)));
    }

    [Fact]
    public void NeighboursWithBytesAreFound()
    {
        foreach (var dataId in (ulong[])[64, 70, 127, 128, 64 + (1 << 22)]) Bench.Write(dataId, 0, "x"u8);
        Assert.Equal(new DataNeighbours(Errno.None, 1 | (1UL << 6) | (1UL << 63)), Bench.Run(s => s.FindNeighbours(64)));
        Assert.Equal(new DataNeighbours(Errno.None, 1), Bench.Run(s => s.FindNeighbours(190)));
        Assert.Equal(default, Bench.Run(s => s.FindNeighbours(0)));
        Bench.Run(s => s.Delete(70));
        Assert.Equal(new DataNeighbours(Errno.None, 1 | (1UL << 63)), Bench.Run(s => s.FindNeighbours(99)));
    }

    [Fact]
    public void WhatNeedsNoBytesMakesNone()
    {
        Assert.Equal(Errno.ENOENT, Bench.Run(s => s.Allocate(7, PunchHole, 0, 4096)));
        Assert.Equal(Errno.ENOENT, Bench.Run(s => s.Truncate(7, 0)));
        Assert.Equal(0, Bench.Run(s => s.CopyRange(8, 0, 7, 0, 100)).Value);
        Assert.Equal(0, Bench.Write(7, 100, []).Value);
        Assert.False(Bench.Attributes(7).Exists);
        Assert.False(Bench.Attributes(8).Exists);
    }

    [Fact]
    public void WrittenBytesAreReadBackUpToTheEnd()
    {
        Assert.Equal(5, Bench.Write(1, 0, "hello"u8).Value);
        Assert.Equal("hello"u8, Bench.Read(1, 0, 100));
        Assert.Equal("llo"u8, Bench.Read(1, 2, 100));
        Assert.Equal("el"u8, Bench.Read(1, 1, 2));
        Assert.Empty(Bench.Read(1, 5, 1));
        Assert.Empty(Bench.Read(2, 0, 1));
        Assert.Equal(5, Bench.Attributes(1).Size);
    }

    [Fact]
    public void UnwrittenBytesInsideTheFileAreZeros()
    {
        Bench.Write(1, 300_000, "end"u8);
        var bytes = Bench.Read(1, 0, 1 << 20);
        Assert.Equal(300_003, bytes.Length);
        Assert.Equal(-1, bytes.AsSpan(0, 300_000).IndexOfAnyExcept((byte)0));
        Assert.Equal("end"u8, bytes.AsSpan(300_000));
    }

    [Fact]
    public void TruncatedBytesDoNotComeBack()
    {
        Bench.Write(1, 0, "0123456789"u8);
        Assert.Equal(Errno.None, Bench.Run(s => s.Truncate(1, 4)));
        Assert.Equal("0123"u8, Bench.Read(1, 0, 100));
        Assert.Equal(Errno.None, Bench.Run(s => s.Truncate(1, 8)));
        Assert.Equal("0123\0\0\0\0"u8, Bench.Read(1, 0, 100));
        Assert.Equal(Errno.None, Bench.Run(s => s.Truncate(1, 0)));
        Assert.Equal(0, Bench.Attributes(1).Size);
    }

    [Fact]
    public void TruncateUpGivesADataIdBytes()
    {
        Assert.Equal(Errno.None, Bench.Run(s => s.Truncate(1, 10)));
        Assert.Equal(new byte[10], Bench.Read(1, 0, 100));
        Assert.True(Bench.Attributes(1).Exists);
    }

    [Theory]
    [InlineData(0, 10_000)]
    [InlineData(1, 3)]
    public void AllocationKeepsContentsAndExtendsUnlessAskedNotTo(int mode, long sizeAfter)
    {
        Bench.Write(1, 0, "abc"u8);
        Assert.Equal(Errno.None, Bench.Run(s => s.Allocate(1, mode, 0, 10_000)));
        var attributes = Bench.Attributes(1);
        Assert.Equal(sizeAfter, attributes.Size);
        Assert.True(attributes.Blocks * 512 >= 10_000);
        Assert.Equal("abc"u8, Bench.Read(1, 0, 3));
        Assert.Equal(sizeAfter, Bench.Read(1, 0, 100_000).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void AllocationGivesADataIdBytes(int mode)
    {
        Assert.Equal(Errno.None, Bench.Run(s => s.Allocate(1, mode, 0, 4096)));
        Assert.Equal(mode == 0 ? 4096 : 0, Bench.Attributes(1).Size);
        Assert.True(Bench.Attributes(1).Exists);
    }

    [Fact]
    public void PunchedBytesAreZerosAndTheSizeStays()
    {
        Bench.Write(1, 0, Enumerable.Repeat((byte)1, 16384).ToArray());
        Assert.Equal(Errno.None, Bench.Run(s => s.Allocate(1, PunchHole, 4096, 100_000)));
        var bytes = Bench.Read(1, 0, 100_000);
        Assert.Equal(16384, bytes.Length);
        Assert.Equal(4096, bytes.AsSpan().IndexOf((byte)0));
        Assert.Equal(-1, bytes.AsSpan(4096).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData(2)] // punch without keeping the size
    [InlineData(8)] // collapse
    [InlineData(32)] // insert
    [InlineData(64)] // unshare
    [InlineData(1 << 20)]
    public void OtherAllocationModesAreNotSupported(int mode)
    {
        Assert.Equal(Errno.EOPNOTSUPP, Bench.Run(s => s.Allocate(1, mode, 0, 4096)));
        Assert.False(Bench.Attributes(1).Exists);
    }

    [Fact]
    public void CopyRangeCopiesUpToTheEndOfTheSource()
    {
        Bench.Write(1, 0, "0123456789"u8);
        Bench.Write(2, 0, "abcdefghij"u8);
        Assert.Equal(3, Bench.Run(s => s.CopyRange(1, 2, 2, 5, 3)).Value);
        Assert.Equal("abcde234ij"u8, Bench.Read(2, 0, 100));
        Assert.Equal(2, Bench.Run(s => s.CopyRange(1, 8, 3, 1, 1000)).Value);
        Assert.Equal("\089"u8, Bench.Read(3, 0, 100));
        Assert.Equal(0, Bench.Run(s => s.CopyRange(1, 10, 2, 0, 10)).Value);
        Assert.Equal("0123456789"u8, Bench.Read(1, 0, 100));
    }

    [Fact]
    public void SeekFindsDataAndHoles()
    {
        const int hole = 256 << 10;
        Bench.Write(1, hole, new byte[4096]);
        Assert.Equal(hole, Bench.Run(s => s.Seek(1, 0, 3)).LongValue);
        Assert.Equal(0, Bench.Run(s => s.Seek(1, 0, 4)).LongValue);
        Assert.Equal(hole + 4096, Bench.Run(s => s.Seek(1, hole, 4)).LongValue);
        Assert.Equal(Errno.ENXIO, Bench.Run(s => s.Seek(1, hole + 4096, 3)).Error);
        Assert.Equal(Errno.EINVAL, Bench.Run(s => s.Seek(1, 0, 0)).Error);
    }

    [Fact]
    public void DeletedBytesAreGoneAndTheIdCanBeWrittenAgain()
    {
        Bench.Write(1, 0, "first"u8);
        Assert.Equal(Errno.None, Bench.Run(s => s.Delete(1)));
        Assert.False(Bench.Attributes(1).Exists);
        Assert.Empty(Bench.Read(1, 0, 100));
        Assert.Equal(Errno.None, Bench.Run(s => s.Delete(1)));
        Bench.Write(1, 2, "x"u8);
        Assert.Equal("\0\0x"u8, Bench.Read(1, 0, 100));
    }

    [Fact]
    public void TimesFollowWritesAndCanBeSet()
    {
        Assert.SkipUnless(Bench.Store.KeepsAttributes, "This store leaves the attributes to the metadata.");
        Bench.Write(1, 0, "x"u8);
        Assert.Equal(Errno.None, Bench.Run(s => s.SetModified(1, FileTime.FromUnixNanoseconds(1_234_567_891_234_567_891))));
        var set = Bench.Attributes(1);
        Assert.Equal(FileTime.FromUnixNanoseconds(1_234_567_891_234_567_891), set.ModifiedNs);
        Assert.True(set.ChangedNs > set.ModifiedNs);
        Bench.Read(1, 0, 1);
        Assert.Equal(set, Bench.Attributes(1));
        Bench.Write(1, 0, "y"u8);
        Assert.True(Bench.Attributes(1).ModifiedNs > set.ModifiedNs);
        Bench.Run(s => s.SetModified(1, -1));
        Assert.Equal(-1, Bench.Attributes(1).ModifiedNs);
    }

    [Fact]
    public void PlacesThatNoFileHasAreRefused()
    {
        Bench.Write(1, 0, "x"u8);
        Assert.Equal(Errno.EFBIG, Bench.Run(s => s.Allocate(1, 0, long.MaxValue - 1, 100)));
        // On tmpfs a file may be as long as its offsets can tell.
        if (Bench.Store.MaximumFileSize < long.MaxValue)
        {
            Assert.Equal(Errno.EFBIG, Bench.Run(s => s.Truncate(1, long.MaxValue)));
            Assert.Equal(Errno.EFBIG, Bench.Write(1, long.MaxValue - 1, "abc"u8).Error);
            Assert.Equal(Errno.EFBIG, Bench.Write(1, long.MaxValue - 10, "abc"u8).Error);
        }
        Assert.Equal(Errno.EINVAL, Bench.Run(s => s.Allocate(1, 0, 0, 0)));
        Assert.Equal(Errno.EINVAL, Bench.Run(s => s.Allocate(1, 0, -1, 10)));
        Assert.Equal(Errno.EINVAL, Bench.Run(s => s.Truncate(1, -1)));
        Assert.Equal(Errno.EINVAL, Bench.Write(1, -1, "abc"u8).Error);
        Assert.Equal(Errno.EINVAL, Bench.Run(s => s.Read(1, -1, Bench.Memory())).Error);
        Assert.Equal("x"u8, Bench.Read(1, 0, 100));
    }

    [Fact]
    public void SyncSucceeds()
    {
        Bench.Write(1, 0, "x"u8);
        Assert.Equal(Errno.None, Bench.Run(s => s.Sync(1, dataOnly: true)));
        Assert.Equal(Errno.None, Bench.Run(s => s.Sync(1, dataOnly: false)));
        Assert.Equal(Errno.None, Bench.Run(s => s.SyncAll()));
        Assert.Equal("x"u8, Bench.Read(1, 0, 100));
    }

    [Fact]
    public void SpaceAddsUp()
    {
        var result = Bench.Run(s => s.GetSpace());
        Assert.Equal(Errno.None, result.Error);
        var space = result.Space;
        Assert.True(space.BlockSize >= 512 && space.Blocks > 0);
        Assert.InRange(space.FreeBlocks, 1UL, space.Blocks);
        Assert.InRange(space.AvailableBlocks, 0UL, space.FreeBlocks);
    }
}
