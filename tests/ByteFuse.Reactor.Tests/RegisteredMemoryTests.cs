using ByteFuse.Linux;

namespace ByteFuse.Reactor.Tests;

public sealed class RegisteredMemoryTests : IDisposable
{
    private readonly ReactorFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Memory_that_is_registered_is_read_and_written_by_its_place()
    {
        var fd = fixture.OpenFile("file");
        var memory = fixture.Memory;
        memory.Span[..4096].Fill(7);
        var outcome = fixture.Run(async ReactorTask<string> () =>
        {
            var reactor = CoreReactor.Current;
            var added = reactor.RegisteredMemory.TryAdd(memory.Slice(0, 8192));
            var written = await reactor.Write(fd, memory.Slice(0, 4096), 0);
            var read = await reactor.Read(fd, memory.Slice(4096, 4096), 0);
            return $"{added} {written} {read} {reactor.Statistics.RegisteredTransfers}";
        });
        Assert.Equal("None 4096 4096 2", outcome);
        Assert.Equal(-1, memory.Span[4096..8192].IndexOfAnyExcept((byte)7));
        FileCalls.Close(fd);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(4095, 1)]
    [InlineData(4096, 0)]
    [InlineData(8191, 0)]
    [InlineData(8192, 1)]
    public void Only_what_lies_within_one_piece_goes_by_its_place(int start, long byPlace)
    {
        var fd = fixture.OpenFile("file", [1, 2, 3]);
        // Two pieces at 4096 and 12288, each a page long; one byte is read to so far behind the first.
        var memory = fixture.Memory;
        fixture.Run(async ReactorTask<bool> () =>
        {
            var registered = CoreReactor.Current.RegisteredMemory;
            Assert.Equal(Errno.None, registered.TryAdd(memory.Slice(12288, 4096)));
            Assert.Equal(Errno.None, registered.TryAdd(memory.Slice(4096, 4096)));
            Assert.Equal(1, (await CoreReactor.Current.Read(fd, memory.Slice(4096 + start, 1), 0)).Value);
            return true;
        });
        Assert.Equal(byPlace, fixture.Reactor.Statistics.RegisteredTransfers);
        FileCalls.Close(fd);
    }

    [Fact]
    public void What_reaches_beyond_its_piece_is_an_ordinary_read()
    {
        var fd = fixture.OpenFile("file", [1, 2, 3]);
        var memory = fixture.Memory;
        fixture.Run(async ReactorTask<bool> () =>
        {
            Assert.Equal(Errno.None, CoreReactor.Current.RegisteredMemory.TryAdd(memory.Slice(0, 4096)));
            Assert.Equal(3, (await CoreReactor.Current.Read(fd, memory.Slice(4094, 3), 0)).Value);
            return true;
        });
        Assert.Equal(0, fixture.Reactor.Statistics.RegisteredTransfers);
        Assert.Equal([1, 2, 3], memory.Span[4094..4097].ToArray());
        FileCalls.Close(fd);
    }

    [Fact]
    public void A_piece_that_was_taken_out_gives_its_place_to_the_next()
    {
        var fd = fixture.OpenFile("file", [1, 2, 3]);
        var memory = fixture.Memory;
        var transfers = fixture.Run(async ReactorTask<string> () =>
        {
            var reactor = CoreReactor.Current;
            var pieces = reactor.RegisteredMemory;
            for (var round = 0; round < 3; round++)
            {
                for (var i = 0; i < 20; i++) Assert.Equal(Errno.None, pieces.TryAdd(memory.Slice(i * 4096, 4096)));
                for (var i = 19; i >= 0; i -= 2) pieces.Remove(memory.Slice(i * 4096, 4096));
                for (var i = 0; i < 20; i++) await reactor.Read(fd, memory.Slice(i * 4096, 1), 0);
                for (var i = 0; i < 20; i += 2) pieces.Remove(memory.Slice(i * 4096, 4096));
            }
            return $"{reactor.Statistics.RegisteredTransfers} {pieces.Count}";
        });
        // Ten of twenty were left each time.
        Assert.Equal("30 0", transfers);
        FileCalls.Close(fd);
    }

    [Fact]
    public void Memory_that_is_not_mapped_is_refused_and_leaves_no_trace()
    {
        var outcome = fixture.Run(() =>
        {
            var pieces = CoreReactor.Current.RegisteredMemory;
            var refused = pieces.TryAdd(new NativeSlice(4096, 4096));
            return new ReactorTask<string>($"{refused} {pieces.Count} {pieces.TryAdd(fixture.Memory.Slice(0, 4096))}");
        });
        Assert.Equal("EFAULT 0 None", outcome);
    }
}
