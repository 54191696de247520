using ByteFuse.Linux;

namespace ByteFuse.Reactor.Tests;

/// <summary>One unpinned reactor with a temporary folder and a block of native memory.</summary>
public sealed class ReactorFixture : IDisposable
{
    private readonly ReactorSet set;
    private readonly NativeMemoryBlock memory = NativeMemoryBlock.Allocate(1 << 20);

    public ReactorFixture()
        : this(new ReactorOptions { MaximumReactors = 1, Pin = false })
    {
    }

    public ReactorFixture(ReactorOptions options)
    {
        set = new ReactorSet(options);
        Folder = Directory.CreateTempSubdirectory("bytefuse-reactor-").FullName;
    }

    public string Folder { get; }

    public NativeSlice Memory => memory.Slice;

    public CoreReactor Reactor => set.Reactors[0];

    public ReactorSet Set => set;

    public T Run<T>(Func<ReactorTask<T>> operation) => set.RunOn(0, operation);

    public int OpenFile(string name, ReadOnlySpan<byte> content = default)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        var opened = FileCalls.Open(path, OpenFlags.ReadWrite);
        Assert.True(opened.Succeeded, opened.ToString());
        return opened.Value;
    }

    public void Dispose()
    {
        set.Dispose();
        memory.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
