using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class ReplyWriterTests
{
    [Fact]
    public void A_body_is_built_of_structs_and_bytes_until_it_is_full()
    {
        Span<byte> body = stackalloc byte[8 + 4 + 2];
        var writer = new ReplyWriter(body);
        Assert.True(writer.TryWrite(new WriteOut { Size = 9 }));
        Assert.True(writer.TryWriteBytes("data"u8));
        Assert.False(writer.TryWrite(new WriteOut()));
        Assert.False(writer.TryWriteBytes("abc"u8));
        Assert.Equal(12, writer.Length);
        Assert.Equal(2, writer.Free.Length);
        Assert.False(writer.TryAdvance(3));
        Assert.False(writer.TryAdvance(-1));
        Assert.True(writer.TryAdvance(2));
        Assert.Equal(14, writer.Length);
        Assert.Equal(9u, MemoryMarshal.Read<WriteOut>(body).Size);
        Assert.Equal("data"u8, body[8..12]);
    }

    [Fact]
    public void A_success_header_counts_the_body()
    {
        var header = Header(InHeader.ResentBit | 7, errno: 0, bodyLength: 100);
        Assert.Equal(116u, header.Length);
        Assert.Equal(0, header.Error);
        Assert.Equal(InHeader.ResentBit | 7, header.Unique);
    }

    [Fact]
    public void An_error_header_has_no_body_and_a_negative_errno()
    {
        var header = Header(7, errno: 2, bodyLength: 100);
        Assert.Equal(16u, header.Length);
        Assert.Equal(-2, header.Error);
    }

    [Theory]
    [InlineData(511, -511)]
    [InlineData(512, -5)]
    [InlineData(-2, -5)]
    [InlineData(int.MinValue, -5)]
    public void An_errno_that_the_kernel_would_refuse_becomes_EIO(int errno, int expected)
    {
        var header = Header(7, errno, bodyLength: 0);
        Assert.Equal(expected, header.Error);
        Assert.Equal(16u, header.Length);
    }

    private static OutHeader Header(ulong unique, int errno, int bodyLength)
    {
        Span<byte> bytes = stackalloc byte[16];
        ReplyWriter.WriteHeader(bytes, unique, errno, bodyLength);
        return MemoryMarshal.Read<OutHeader>(bytes);
    }
}
