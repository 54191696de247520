using System.Diagnostics;
using ByteFuse.Data.Stores.LocalFiles;
using ByteFuse.Data.Tests.Contract;
using ByteFuse.Linux;
using ByteFuse.Reactor;
using ByteFuse.Testing;

namespace ByteFuse.Data.Tests.LocalFiles;

/// <summary>Operations on files that are open, and on data ids known to have no bytes, allocate no managed memory.</summary>
public sealed class AllocationTests(Ext4Image image) : IClassFixture<Ext4Image>
{
    private const int Operations = 500;

    [Theory]
    [InlineData("read")]
    [InlineData("read past the end")]
    [InlineData("write")]
    [InlineData("attributes")]
    [InlineData("attributes of an empty file")]
    public void SteadyStateAllocatesNothing(string what)
    {
        var optimized = typeof(LocalFileStore).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), false)
            .Cast<DebuggableAttribute>().All(attribute => !attribute.IsJITOptimizerDisabled);
        Assert.SkipUnless(optimized, "The compiler makes async methods of a debug build classes.");
        using var bench = new StoreBench(LocalFileStore.Open(image.NewFolder()));
        bench.Write(1, 0, new byte[64 << 10]);
        var memory = bench.Memory().Slice(0, 4096);
        var windows = new AllocationWindows();
        bench.Run(async ReactorTask<bool> (store) =>
        {
            await Repeat(store, memory, what);
            while (windows.Next()) await Repeat(store, memory, what);
            return true;
        });
        Assert.Equal(0, windows.Least);
    }

    private static async ReactorTask<bool> Repeat(IDataStore store, NativeSlice memory, string what)
    {
        for (var i = 0; i < Operations; i++)
        {
            switch (what)
            {
                case "read":
                    Assert.True((await store.Read(1, i % 15 * 4096, memory)).Value == 4096);
                    break;
                case "read past the end":
                    Assert.True((await store.Read(1, 1 << 20, memory)).Value == 0);
                    break;
                case "write":
                    Assert.True((await store.Write(1, i % 15 * 4096, memory)).Value == 4096);
                    break;
                case "attributes":
                    Assert.True((await store.GetAttributes(1)).Attributes.Exists);
                    break;
                default:
                    Assert.False((await store.GetAttributes(2)).Attributes.Exists);
                    break;
            }
        }
        return true;
    }
}
