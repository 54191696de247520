using System.Runtime.InteropServices;
using Xunit;

namespace ByteFuse.Protocol.Tests;

public class NotificationWriterTests
{
    private readonly byte[] _buffer = new byte[NotificationWriter.BufferLength];

    [Fact]
    public void Resend_is_the_16_bytes_that_the_kernel_expects()
    {
        Assert.Equal(16, NotificationWriter.Resend(_buffer));
        Assert.Equal(Convert.FromHexString("10000000070000000000000000000000"), _buffer[..16]);
        Assert.Equal(16, NotificationWriter.IncrementEpoch(_buffer));
        Assert.Equal(8, Header.Error);
    }

    [Fact]
    public void An_inode_is_invalidated_by_range()
    {
        Assert.Equal(40, NotificationWriter.InvalidateInode(_buffer, 6, -1, 0));
        Assert.Equal(new OutHeader { Length = 40, Error = 2 }, Header);
        Assert.Equal(
            new NotifyInvalidateInode { NodeId = 6, Offset = -1 }, MemoryMarshal.Read<NotifyInvalidateInode>(_buffer.AsSpan(16)));
    }

    [Fact]
    public void A_name_is_followed_by_a_nul_that_its_length_leaves_out()
    {
        Array.Fill(_buffer, (byte)0xFF);
        Assert.Equal(36, NotificationWriter.InvalidateEntry(_buffer, 3, "abc"u8, InvalidateEntryFlags.ExpireOnly));
        Assert.Equal(new OutHeader { Length = 36, Error = 3 }, Header);
        Assert.Equal(
            new NotifyInvalidateEntry { Parent = 3, NameLength = 3, Flags = InvalidateEntryFlags.ExpireOnly },
            MemoryMarshal.Read<NotifyInvalidateEntry>(_buffer.AsSpan(16)));
        Assert.Equal("abc\0"u8, _buffer.AsSpan(32, 4));
        Assert.Equal(0xFF, _buffer[36]);
        Assert.Equal(44, NotificationWriter.Delete(_buffer, 3, 9, "abc"u8));
        Assert.Equal(new OutHeader { Length = 44, Error = 6 }, Header);
    }

    [Fact]
    public void The_stated_buffer_holds_the_longest_name_and_a_smaller_one_is_refused()
    {
        var name = new byte[ProtocolLimits.NameLength];
        Array.Fill(name, (byte)'n');
        Assert.Equal(_buffer.Length, NotificationWriter.Delete(_buffer, 1, 2, name));
        Assert.Equal(0, NotificationWriter.Delete(_buffer.AsSpan(0, _buffer.Length - 1), 1, 2, name));
        Assert.Equal(0, NotificationWriter.InvalidateInode(new byte[39], 1, 0, 0));
        Assert.Equal(0, NotificationWriter.Resend(new byte[15]));
    }

    [Fact]
    public void Prune_lists_node_ids()
    {
        Assert.Equal(48, NotificationWriter.Prune(_buffer, [4, 5]));
        Assert.Equal(new OutHeader { Length = 48, Error = 9 }, Header);
        Assert.Equal(2u, MemoryMarshal.Read<NotifyPrune>(_buffer.AsSpan(16)).Count);
        Assert.Equal([4UL, 5UL], MemoryMarshal.Cast<byte, ulong>(_buffer.AsSpan(32, 16)).ToArray());
        Assert.Equal(0, NotificationWriter.Prune(new byte[47], [4, 5]));
    }

    private OutHeader Header => MemoryMarshal.Read<OutHeader>(_buffer);
}
