using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Linux;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>Files that are given to a kernel.</summary>
public sealed class BackingFileTests : IDisposable
{
    private readonly Scratch scratch = new(prefix: "bytefuse-data-");
    private readonly LocalFileStore store;
    private readonly StoreBench bench;
    private readonly Recorder kernel = new();

    public BackingFileTests()
    {
        store = LocalFileStore.Open(scratch.Path);
        bench = new StoreBench(store);
    }

    public void Dispose()
    {
        bench.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void WhatHasNoBytesIsNotGivenUnlessItIsToBeMade()
    {
        Assert.Equal(Errno.ENOENT, bench.Run(s => s.GiveTo(kernel, 1, create: false)).Error);
        Assert.False(File.Exists(store.PathOf(1)));
        Assert.Equal(1, bench.Run(s => s.GiveTo(kernel, 1, create: true)).Value);
        Assert.True(File.Exists(store.PathOf(1)));
        Assert.Equal(2, bench.Run(s => s.GiveTo(kernel, 1, create: false)).Value);
        Assert.Equal([store.PathOf(1), store.PathOf(1)], kernel.Paths);
        Assert.False(store.IsKnownEmpty(1));
    }

    [Fact]
    public void WhatWasGivenIsTheFileThatHoldsTheBytes()
    {
        bench.Write(5, 0, "hello"u8);
        Assert.Equal(1, bench.Run(s => s.GiveTo(kernel, 5, create: false)).Value);
        File.WriteAllText(kernel.Paths.Single(), "changed");
        Assert.Equal("changed"u8, bench.Read(5, 0, 100));
        Assert.Equal(7, bench.Attributes(5).Size);
    }

    [Fact]
    public void AFileThatWasMadeAndNotWrittenHasNoAttributesOfItsOwn()
    {
        bench.Run(s => s.GiveTo(kernel, 1, create: true));
        Assert.Equal(default, bench.Attributes(1));
        // As without the file: its times are the caller's to set.
        Assert.Equal(Errno.ENOENT, bench.Run(s => s.SetModified(1, 5)));
        Assert.Equal(Errno.ENOENT, bench.Run(s => s.Truncate(1, 0)));
        Assert.Equal(default, bench.Attributes(1));
        Assert.Equal(Errno.None, bench.Run(s => s.Truncate(1, 1)));
        Assert.Equal(Errno.None, bench.Run(s => s.SetModified(1, 5)));
        Assert.Equal((true, 5L), (bench.Attributes(1).Exists, bench.Attributes(1).ModifiedNs));
        Assert.Equal(Errno.None, bench.Run(s => s.Truncate(1, 0)));
        Assert.True(bench.Attributes(1) is { Exists: true, Size: 0 });
        bench.Run(s => s.GiveTo(kernel, 3, create: true));
        Assert.Equal(Errno.None, bench.Run(s => s.Allocate(3, AllocationModes.KeepSize, 0, 4096)));
        Assert.True(bench.Attributes(3).Exists);
        bench.Run(s => s.GiveTo(kernel, 4, create: true));
        bench.Write(4, 0, "x"u8);
        Assert.Equal(1, bench.Attributes(4).Size);
    }

    [Fact]
    public void ARefusalIsPassedOn()
    {
        kernel.Refusal = Errno.ENOMEM;
        Assert.Equal(Errno.ENOMEM, bench.Run(s => s.GiveTo(kernel, 1, create: true)).Error);
        Assert.Equal(Errno.ENOMEM, store.TryBacking(kernel));
        kernel.Refusal = Errno.None;
        Assert.Equal(Errno.None, store.TryBacking(kernel));
        Assert.Equal([1], kernel.Closed);
        Assert.Single(Directory.EnumerateFiles(scratch.Path, "*", SearchOption.AllDirectories));
    }

    private sealed class Recorder : IBackingFiles
    {
        private int last;

        public List<string> Paths { get; } = [];

        public List<int> Closed { get; } = [];

        public Errno Refusal { get; set; }

        public IoResult Open(int fd)
        {
            if (Refusal != Errno.None) return IoResult.FromError(Refusal);
            Paths.Add(File.ResolveLinkTarget($"/proc/self/fd/{fd}", false)!.FullName);
            return IoResult.FromValue(++last);
        }

        public void Close(int backingId) => Closed.Add(backingId);
    }
}
