using System.Text;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class ArgumentReaderTests
{
    [Theory]
    [InlineData("", NameFault.Malformed)]
    [InlineData("\0", NameFault.Malformed)]
    [InlineData("unterminated", NameFault.Malformed)]
    [InlineData("a/b\0", NameFault.Malformed)]
    [InlineData("/\0", NameFault.Malformed)]
    public void Malformed_names_are_refused(string text, NameFault expected)
    {
        var reader = new ArgumentReader(Encoding.UTF8.GetBytes(text));
        Assert.False(reader.TryReadName(out var name, out var fault));
        Assert.Equal(expected, fault);
        Assert.True(name.IsEmpty);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("name")]
    [InlineData("ends with newline\n")]
    public void Names_are_read_without_their_nul(string text)
    {
        var reader = new ArgumentReader(Encoding.UTF8.GetBytes(text + "\0rest"));
        Assert.True(reader.TryReadName(out var name, out var fault));
        Assert.Equal(NameFault.None, fault);
        Assert.Equal(text, Encoding.UTF8.GetString(name));
        Assert.Equal(4, reader.Remaining);
    }

    [Fact]
    public void A_name_may_have_255_bytes_and_no_more()
    {
        var reader = new ArgumentReader(Terminated(255));
        Assert.True(reader.TryReadName(out var name, out _));
        Assert.Equal(255, name.Length);
        reader = new ArgumentReader(Terminated(256));
        Assert.False(reader.TryReadName(out _, out var fault));
        Assert.Equal(NameFault.TooLong, fault);
        reader = new ArgumentReader(Terminated(256));
        Assert.False(reader.TryReadXattrName(out _, out fault));
        Assert.Equal(NameFault.TooLong, fault);
    }

    [Fact]
    public void A_target_may_have_4095_bytes_and_slashes()
    {
        var reader = new ArgumentReader(Terminated(4095));
        Assert.True(reader.TryReadTarget(out var target, out _));
        Assert.Equal(4095, target.Length);
        reader = new ArgumentReader(Terminated(4096));
        Assert.False(reader.TryReadTarget(out _, out var fault));
        Assert.Equal(NameFault.TooLong, fault);
        reader = new ArgumentReader("../x/y\0"u8);
        Assert.True(reader.TryReadTarget(out target, out _));
        Assert.Equal("../x/y"u8, target);
    }

    [Fact]
    public void Two_names_are_read_in_order()
    {
        var reader = new ArgumentReader("old\0new\0"u8);
        Assert.True(reader.TryReadName(out var first, out _));
        Assert.True(reader.TryReadName(out var second, out _));
        Assert.Equal("old"u8, first);
        Assert.Equal("new"u8, second);
        Assert.False(reader.TryReadName(out _, out _));
    }

    [Fact]
    public void Structs_are_read_at_any_alignment_and_never_in_part()
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[1] = 5;
        var reader = new ArgumentReader(bytes[1..]);
        Assert.True(reader.TryRead(out InterruptIn interrupt));
        Assert.Equal(5u, interrupt.Unique);
        reader = new ArgumentReader(bytes[2..]);
        Assert.False(reader.TryRead(out interrupt));
        Assert.Equal(0u, interrupt.Unique);
        Assert.Equal(7, reader.Remaining);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(int.MinValue, false)]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void Bytes_are_read_only_if_there_are_enough(int count, bool expected)
    {
        var reader = new ArgumentReader("data"u8);
        Assert.Equal(expected, reader.TryReadBytes(count, out var bytes));
        Assert.Equal(expected ? count : 0, bytes.Length);
    }

    private static byte[] Terminated(int length)
    {
        var bytes = new byte[length + 1];
        bytes.AsSpan(0, length).Fill((byte)'x');
        return bytes;
    }
}
