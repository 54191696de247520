using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class DirectoryWriterTests
{
    private const uint Directory = 0x41ED;
    private const uint Regular = 0x81A4;

    [Fact]
    public void Entries_are_aligned_and_padded_with_zeros()
    {
        Span<byte> body = stackalloc byte[128];
        body.Fill(0xFF);
        var writer = new DirectoryWriter(body, 128);
        Assert.True(writer.TryAdd(10, 1, Directory, "."u8));
        Assert.Equal(32, writer.Length);
        Assert.True(writer.TryAdd(11, 2, Regular, "12345678"u8));
        Assert.Equal(64, writer.Length);
        Assert.True(writer.TryAdd(12, 3, Regular, "123456789"u8));
        Assert.Equal(104, writer.Length);

        var first = MemoryMarshal.Read<Dirent>(body);
        Assert.Equal(new Dirent { Inode = 10, Offset = 1, NameLength = 1, Type = 4 }, first);
        Assert.Equal(".\0\0\0\0\0\0\0"u8, body[24..32]);
        var second = MemoryMarshal.Read<Dirent>(body[32..]);
        Assert.Equal(new Dirent { Inode = 11, Offset = 2, NameLength = 8, Type = 8 }, second);
        Assert.Equal("123456789\0\0\0\0\0\0\0"u8, body[88..104]);
        Assert.Equal(0xFF, body[104]);
    }

    [Theory]
    [InlineData(64, 64u, true)]
    [InlineData(63, 64u, false)]
    [InlineData(64, 63u, false)]
    [InlineData(64, uint.MaxValue, true)]
    [InlineData(0, 0u, false)]
    public void An_entry_is_added_only_if_it_fits_with_its_padding(int room, uint requested, bool expected)
    {
        Span<byte> bytes = stackalloc byte[128];
        bytes.Fill(0xFF);
        var writer = new DirectoryWriter(bytes[..room], requested);
        writer.TryAdd(1, 1, Directory, "a"u8);
        var before = writer.Length;
        Assert.Equal(expected, writer.TryAdd(2, 2, Regular, "b"u8));
        Assert.Equal(expected ? 64 : before, writer.Length);
        Assert.False(bytes[writer.Length..].ContainsAnyExcept((byte)0xFF));
    }

    [Fact]
    public void A_plus_entry_carries_the_lookup_before_the_dirent()
    {
        Span<byte> body = stackalloc byte[160];
        body.Fill(0xFF);
        var writer = new DirectoryWriter(body, 160);
        var entry = new EntryOut { NodeId = 5, AttributesValidSeconds = 3, Attributes = new Attributes { Mode = Regular } };
        Assert.True(writer.TryAddPlus(in entry, 5, 77, Regular, "file"u8));
        Assert.Equal(160, writer.Length);
        Assert.False(writer.TryAddPlus(in entry, 6, 78, Regular, "g"u8));
        Assert.Equal(entry, MemoryMarshal.Read<EntryOut>(body));
        Assert.Equal(
            new Dirent { Inode = 5, Offset = 77, NameLength = 4, Type = 8 }, MemoryMarshal.Read<Dirent>(body[128..]));
        Assert.Equal("file\0\0\0\0"u8, body[152..160]);
    }

    [Fact]
    public void A_plus_entry_that_lacks_one_byte_is_left_out_whole()
    {
        Span<byte> body = stackalloc byte[159];
        body.Fill(0xFF);
        var writer = new DirectoryWriter(body, 4096);
        Assert.False(writer.TryAddPlus(default, 5, 77, Regular, "file"u8));
        Assert.Equal(0, writer.Length);
        Assert.False(body.ContainsAnyExcept((byte)0xFF));
    }
}
