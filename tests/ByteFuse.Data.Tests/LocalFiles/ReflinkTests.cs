using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>A copy shares blocks with its source where the file system below can, until one of them is written.</summary>
public sealed class ReflinkTests : IDisposable
{
    private const int Chunk = 1 << 20;
    private const int Chunks = 48;

    private readonly Scratch scratch = new(prefix: "bytefuse-data-");

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("xfs", true)]
    [InlineData("ext4", false)]
    public void ACopyTakesNoSpaceWhereBlocksCanBeShared(string type, bool shares)
    {
        using var image = new LoopImage(scratch.Path, type, size: 1L << 30);
        using var bench = new StoreBench(LocalFileStore.Open(Directory.CreateDirectory(Path.Combine(image.MountPoint, "data")).FullName));
        var bytes = new byte[Chunk];
        var random = new Random(1);
        for (var i = 0; i < Chunks; i++)
        {
            random.NextBytes(bytes);
            Assert.Equal(Chunk, bench.Write(1, (long)i * Chunk, bytes).Value);
        }
        var before = Available(bench);
        Assert.Equal((long)Chunks * Chunk, bench.Run(store => store.CopyRange(1, 0, 2, 0, long.MaxValue)).LongValue);
        var taken = before - Available(bench);
        if (shares) Assert.InRange(taken, 0, Chunk);
        else Assert.InRange(taken, (long)Chunks * Chunk, long.MaxValue);

        Assert.Equal(bytes, bench.Read(2, (Chunks - 1L) * Chunk, Chunk));
        var own = new byte[4096];
        random.NextBytes(own);
        bench.Write(2, (Chunks - 1L) * Chunk, own);
        Assert.Equal(own, bench.Read(2, (Chunks - 1L) * Chunk, own.Length));
        Assert.Equal(bytes, bench.Read(1, (Chunks - 1L) * Chunk, Chunk));
    }

    private static long Available(StoreBench bench)
    {
        Assert.Equal(Errno.None, bench.Run(store => store.SyncAll()));
        var space = bench.Run(store => store.GetSpace());
        Assert.Equal(Errno.None, space.Error);
        return (long)(space.Space.AvailableBlocks * space.Space.BlockSize);
    }
}
