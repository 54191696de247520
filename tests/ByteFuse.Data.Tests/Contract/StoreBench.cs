using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Tests.Contract;

/// <summary>A store with reactors and memory to drive it, from a thread that is no reactor.</summary>
public sealed class StoreBench : IDisposable
{
    private readonly NativeMemoryBlock[] memory;

    public StoreBench(IDataStore store)
    {
        Store = store;
        Reactors = new ReactorSet(new ReactorOptions { MaximumReactors = 2, Pin = false });
        memory = [.. Reactors.Reactors.Select(_ => NativeMemoryBlock.Allocate(1 << 20))];
    }

    public IDataStore Store { get; }

    public ReactorSet Reactors { get; }

    /// <summary>The reactor that is not the first one, where there are two.</summary>
    public int Other => Reactors.Reactors.Count - 1;

    /// <summary>One MiB for the transfers of a reactor.</summary>
    public NativeSlice Memory(int reactor = 0) => memory[reactor].Slice;

    public T Run<T>(Func<IDataStore, ReactorTask<T>> operation, int reactor = 0) => Reactors.RunOn(reactor, () => operation(Store));

    public IoResult Write(ulong dataId, long offset, ReadOnlySpan<byte> bytes, int reactor = 0)
    {
        var from = Memory(reactor).Slice(0, bytes.Length);
        bytes.CopyTo(from.Span);
        return Run(store => store.Write(dataId, offset, from), reactor);
    }

    public byte[] Read(ulong dataId, long offset, int length, int reactor = 0)
    {
        var into = Memory(reactor).Slice(0, length);
        into.Span.Fill(0xEE);
        var result = Run(store => store.Read(dataId, offset, into), reactor);
        Assert.Equal(Errno.None, result.Error);
        return into.Span[..result.Value].ToArray();
    }

    public DataAttributes Attributes(ulong dataId, int reactor = 0)
    {
        var result = Run(store => store.GetAttributes(dataId), reactor);
        Assert.Equal(Errno.None, result.Error);
        return result.Attributes;
    }

    public void Dispose()
    {
        Reactors.Dispose();
        Store.Dispose();
        foreach (var block in memory) block.Dispose();
    }
}
