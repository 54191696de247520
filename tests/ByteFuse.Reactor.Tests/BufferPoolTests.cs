namespace ByteFuse.Reactor.Tests;

public sealed class BufferPoolTests
{
    [Fact]
    public void No_more_buffers_than_the_bound_are_rented_and_they_do_not_overlap()
    {
        using var pool = new BufferPool(3, 8192);
        var rented = new PooledBuffer[3];
        for (byte i = 0; i < 3; i++)
        {
            Assert.True(pool.TryRent(out rented[i]));
            Assert.Equal(0, rented[i].Slice.Address % 4096);
            rented[i].Slice.Span.Fill(i);
        }
        Assert.False(pool.TryRent(out _));
        Assert.Equal(0, pool.Available);
        for (byte i = 0; i < 3; i++) Assert.Equal(-1, rented[i].Slice.Span.IndexOfAnyExcept(i));
        rented[1].Dispose();
        Assert.True(pool.TryRent(out var again));
        Assert.Equal(rented[1].Slice.Address, again.Slice.Address);
    }

    [Fact]
    public void A_buffer_given_back_twice_is_refused()
    {
        using var pool = new BufferPool(2, 4096);
        Assert.True(pool.TryRent(out var buffer));
        buffer.Dispose();
        Assert.Throws<InvalidOperationException>(buffer.Dispose);
        Assert.Equal(2, pool.Available);
    }
}
