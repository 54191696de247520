using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class ExtensionReaderTests
{
    [Fact]
    public void Security_contexts_and_groups_are_read_past_an_unknown_type()
    {
        var builder = new RequestBuilder().Start(Opcode.Mknod);
        builder.Append(new ExtensionHeader { Size = 16, Type = 99 }).Append(1UL);
        builder.Append(new ExtensionHeader { Size = 56, Type = 2 })
            .Append(new SecurityContextHeader { Size = 5 }).Append("selinux\0label"u8)
            .Append(new SecurityContextHeader { Size = 1 }).Append("smack\0x"u8).AppendZeros(12);
        builder.Append(new ExtensionHeader { Size = 20, Type = ExtensionHeader.SupplementaryGroups })
            .Append(2u).Append(10u).Append(20u).AppendZeros(4);
        var reader = new ExtensionReader(builder.Bytes[40..]);

        Assert.True(reader.TryReadNext(out var type, out var body));
        Assert.Equal(99u, type);
        Assert.True(reader.TryReadNext(out type, out body));
        Assert.Equal(2u, type);
        Assert.True(ExtensionReader.TryReadSecurityContext(ref body, out var name, out var value));
        Assert.Equal("selinux"u8, name);
        Assert.Equal("label"u8, value);
        Assert.True(ExtensionReader.TryReadSecurityContext(ref body, out name, out value));
        Assert.Equal("smack"u8, name);
        Assert.Equal("x"u8, value);
        Assert.True(reader.TryReadNext(out type, out body));
        Assert.True(ExtensionReader.TryReadGroups(body, out var groups));
        Assert.Equal([10u, 20u], MemoryMarshal.Cast<byte, uint>(groups).ToArray());
        Assert.False(reader.TryReadNext(out _, out _));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(7u)]
    [InlineData(25u)]
    [InlineData(uint.MaxValue)]
    public void A_size_that_makes_no_sense_ends_the_walk(uint size)
    {
        var builder = new RequestBuilder().Start(Opcode.Mknod);
        builder.Append(new ExtensionHeader { Size = size, Type = 1 }).AppendZeros(16);
        var reader = new ExtensionReader(builder.Bytes[40..]);
        Assert.False(reader.TryReadNext(out _, out var body));
        Assert.True(body.IsEmpty);
        Assert.False(reader.TryReadNext(out _, out _));
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(0x40000001u)]
    [InlineData(uint.MaxValue)]
    public void More_groups_than_bytes_are_refused(uint count)
    {
        var builder = new RequestBuilder().Start(Opcode.Mknod).Append(count).Append(1u);
        Assert.False(ExtensionReader.TryReadGroups(builder.Bytes[40..], out var groups));
        Assert.True(groups.IsEmpty);
    }
}
