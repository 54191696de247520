using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>A file system that becomes full.</summary>
public sealed class LocalFileStoreSpaceTests
{
    private const int Size = 1 << 20;

    [Fact]
    public void FullStoreSaysSoAndGoesOnAfterADeletion() => OnTinyFileSystem(bench =>
    {
        var block = new byte[96 << 10];
        Array.Fill(block, (byte)7);
        var written = 0L;
        IoResult result;
        while ((result = bench.Write(1, written, block)).Succeeded) written += result.Value;
        Assert.Equal(Errno.ENOSPC, result.Error);
        // What a write in the midst of which the space ended left is told: size and sum agree.
        Assert.Equal(written, bench.Attributes(1).Size);
        Assert.NotEqual(0, written % block.Length);
        Assert.Equal(-1, bench.Read(1, 0, Size).AsSpan().IndexOfAnyExcept((byte)7));
        Assert.Equal(Errno.ENOSPC, bench.Run(s => s.Allocate(2, 0, 0, Size)));
        Assert.Equal(0UL, bench.Run(s => s.GetSpace()).Space.FreeBlocks);
        Assert.Equal(Errno.None, bench.Run(s => s.Delete(1)));
        Assert.Equal(block.Length, bench.Write(3, 0, block).Value);
    });

    // Deleting an open file frees its space at once, not when its descriptor happens to be evicted.
    [Fact]
    public void DeletionFreesSpace() => OnTinyFileSystem(bench =>
    {
        var before = bench.Run(s => s.GetSpace()).Space.FreeBlocks;
        bench.Run(s => s.Truncate(1, 1));
        Assert.Equal(Errno.None, bench.Run(s => s.Allocate(1, 0, 0, Size / 2)));
        Assert.Equal(before - Size / 2 / 4096, bench.Run(s => s.GetSpace()).Space.FreeBlocks);
        bench.Run(s => s.Delete(1));
        // The kernel lets go of a file behind the call that closed it (task_work_add in fs/file_table.c), and another thread may ask first.
        for (var look = 0; look < 1000 && bench.Run(s => s.GetSpace()).Space.FreeBlocks != before; look++) Thread.Sleep(1);
        Assert.Equal(before, bench.Run(s => s.GetSpace()).Space.FreeBlocks);
    });

    private static void OnTinyFileSystem(Action<StoreBench> test)
    {
        using var scratch = new Scratch(prefix: "bytefuse-data-");
        Command.Check("mount", "-t", "tmpfs", "-o", $"size={Size}", "bytefuse-test", scratch.Path);
        try
        {
            using var bench = new StoreBench(LocalFileStore.Open(scratch.Path));
            test(bench);
        }
        finally
        {
            Command.Check("umount", scratch.Path);
        }
    }
}
