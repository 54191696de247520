using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

public sealed class LocalFileStoreOpeningTests : IDisposable
{
    private readonly Scratch scratch = new(prefix: "bytefuse-data-");

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void MissingDirectoryIsTold() => AssertRefused(scratch["missing"], "does not exist");

    [Fact]
    public void FileInPlaceOfADirectoryIsTold()
    {
        File.WriteAllText(scratch["file"], "");
        AssertRefused(scratch["file"], "is not a directory");
    }

    [Fact]
    public void SecondStoreOnADirectoryIsRefused()
    {
        using (LocalFileStore.Open(scratch.Path)) AssertRefused(scratch.Path, "is in use by another process");
        LocalFileStore.Open(scratch.Path).Dispose();
    }

    [Fact]
    public void DefaultBoundLeavesHalfOfTheLimit()
    {
        using var store = LocalFileStore.Open(scratch.Path);
        var limit = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(limit[4], limit[3]);
        Assert.Equal(Math.Min(long.Parse(limit[3]) / 2, LocalFileStore.MaximumDescriptorBound), store.DescriptorBound);
    }

    [Fact]
    public void ScanYieldsEveryDataIdAndWhatDoesNotBelong()
    {
        var ids = new ulong[] { 0, 1, 63, 64, 0x3FFFFF, 0x400000, ulong.MaxValue };
        using (var bench = new StoreBench(LocalFileStore.Open(scratch.Path)))
            foreach (var (index, id) in ids.Index()) bench.Write(id, index, "x"u8);
        File.WriteAllText(scratch["00/00/stray"], "abc");
        File.WriteAllText(scratch["00/01/0000000000000002"], "in the wrong folder");
        File.WriteAllText(scratch["ff/ff/FFFFFFFFFFFFFFFE"], "in the wrong case");
        using var store = LocalFileStore.Open(scratch.Path);
        var found = store.Scan().ToList();
        Assert.Equal(ids, found.Where(f => f.DataId is not null).Select(f => f.DataId!.Value).Order());
        foreach (var (index, id) in ids.Index()) Assert.Equal(index + 1, found.Single(f => f.DataId == id).Size);
        Assert.Equal(["00/00/stray", "00/01/0000000000000002", "ff/ff/FFFFFFFFFFFFFFFE"],
            found.Where(f => f.DataId is null).Select(f => f.Path).Order(StringComparer.Ordinal));
    }

    private static void AssertRefused(string directory, string why)
    {
        var refusal = Assert.Throws<DataOpenException>(() => LocalFileStore.Open(directory));
        Assert.Equal($"data directory {directory}: {why}", refusal.Message);
    }
}
