using System.Buffers.Binary;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>The memory of a connection is a format (docs/keeping.md): a later version finds what this one left.</summary>
public sealed class ConnectionMemoryTests : IDisposable
{
    private static readonly UInt128 Id = new(0x0F0E0D0C0B0A0908, 0x0706050403020100);

    private const int Million = 1 << 20;
    private const int Opens = 4096 + 8 * 8193 * 32 + 8192 * 16;
    private const int OpensLength = (Million + 1) * 40;

    private readonly ConnectionMemory memory;
    private readonly KeptBlock bytes;

    public ConnectionMemoryTests()
    {
        Assert.Equal(Errno.None, ConnectionMemory.TryCreate(Id, LockKeeper.Kernel, out var made));
        memory = made!;
        Assert.Equal(Errno.None, KeptBlock.TryOpen(FileCalls.Duplicate(memory.Descriptor).Value, out var opened));
        bytes = opened!;
    }

    public void Dispose()
    {
        memory.Dispose();
        bytes.Dispose();
    }

    [Fact]
    public void The_header_lies_where_the_format_says()
    {
        memory.Join(77);
        memory.Agree(new InitOut { Major = 7, Minor = 45, MaxWrite = 1 << 20 });
        Assert.Equal("BFKEPT\0\0"u8, bytes.Slice.Span[..8]);
        Assert.Equal((2u, 0u), (Word(8), Word(12)));
        Assert.Equal(Enumerable.Range(0, 16).Select(i => (byte)i), bytes.Slice.Span.Slice(16, 16).ToArray());
        Assert.Equal((77u, 0u, 1u, 1u), (Word(32), Word(40), Word(48), Word(52)));
        Assert.Equal((7u, 45u, 1u << 20), (Word(64), Word(68), Word(64 + 20)));
        Assert.Equal((0u, 0u, 0u), (Word(56), Word(60), Word(128)));
        Assert.Equal(Opens + OpensLength + (Million + 1) * 8 + ((1 << 18) + 2) * 8, bytes.Length);
    }

    [Fact]
    public void Done_words_and_access_times_lie_where_the_format_says()
    {
        memory.Done.Set(2, 5, new InHeader { Unique = 1234, Opcode = Opcode.Write }, [9, 0, 0, 0, 0, 0, 0, 0]);
        var area = 4096 + 2 * 8193 * 32;
        Assert.Equal(6u, Word(area));
        Assert.Equal((1234u, (uint)Opcode.Write, 8u, 9u), (Word(area + 6 * 32), Word(area + 6 * 32 + 8), Word(area + 6 * 32 + 12), Word(area + 6 * 32 + 16)));
        memory.AccessTimes.Add(55, 66);
        var times = 4096 + 8 * 8193 * 32;
        Assert.Equal((55u, 66u), (Word(times), Word(times + 8)));
    }

    [Fact]
    public void Open_files_lie_where_the_format_says()
    {
        memory.Opens!.Add(new KeptOpen { Handle = 11, Inode = 12, DataId = 13, RequestId = 14, BackingId = 15 });
        Assert.Equal(1u, Word(Opens));
        Assert.Equal([11u, 12u, 13u, 14u, 15u], Enumerable.Range(0, 5).Select(i => Word(Opens + 40 + i * 8)));
        memory.KeepBackingFiles(new FakeBackingFiles())!.Open(0);
        var files = Opens + OpensLength;
        Assert.Equal((1u, 1u, 1u), (Word(128), Word(files), Word(files + 8)));
        memory.Mappable!.Add(77);
        var mappable = files + (Million + 1) * 8;
        Assert.Equal((1u, 77u), (Word(mappable), Word(mappable + 8)));
        memory.BackingRefusal = Errno.EPERM;
        Assert.Equal(2u, Word(56));
    }

    [Fact]
    public void Each_generation_has_an_area_of_its_own_until_the_inheritance_ends()
    {
        var taken = new List<ConnectionMemory>();
        for (var generation = 1u; generation <= 9; generation++)
        {
            Assert.Equal(Errno.None, ConnectionMemory.TryTakeOver(FileCalls.Duplicate(memory.Descriptor).Value, out var next));
            taken.Add(next!);
            Assert.Equal((ulong)generation, next!.Generation);
            // The ninth death in a row, and none of them has got through: the oldest area goes.
            Assert.Equal(generation % DoneWords.Areas, next.Area);
        }
        taken[^1].EndInheritance();
        Assert.Equal(1u << (int)taken[^1].Area, Word(48));
        taken.ForEach(one => one.Dispose());
    }

    [Fact]
    public void What_was_agreed_is_there_for_a_successor()
    {
        Assert.False(memory.IsAgreed);
        memory.Agree(new InitOut { MaxWrite = 4096, Flags = InitFlags.PosixAcl });
        Assert.Equal(Errno.None, ConnectionMemory.TryTakeOver(FileCalls.Duplicate(memory.Descriptor).Value, out var next));
        using (next)
        {
            Assert.True(next!.IsAgreed);
            Assert.Equal((4096u, InitFlags.PosixAcl, Id), (next.Agreement.MaxWrite, next.Agreement.Flags, next.ConnectionId));
        }
    }

    [Fact]
    public void Locks_lie_where_the_format_says()
    {
        Assert.Null(memory.Locks);
        Assert.Equal(Errno.None, ConnectionMemory.TryCreate(Id, LockKeeper.Daemon, out var made));
        using (made)
        {
            Assert.Equal(Errno.None, KeptBlock.TryOpen(FileCalls.Duplicate(made!.Descriptor).Value, out var opened));
            using (opened)
            {
                var start = bytes.Length;
                made.Locks!.Add(new LockRequest(new LockOwner(null!, 21), 22, 23, LockType.Write, 24, 25, 26, IsFlock: true));
                Assert.Equal(3u, Word(8, opened!));
                Assert.Equal(1u, Word(start, opened!));
                Assert.Equal([26u, 21u, 24u, 22u, 23u, (1u << 31) + 1], Enumerable.Range(0, 6).Select(i => Word(start + 48 + i * 8, opened!)));
                Assert.Equal(25u, Word(start + 48 + 44, opened!));
                Assert.Equal(start + ((1 << 18) + 3 * 256 + 1) * 48, opened!.Length);
            }
        }
    }

    private uint Word(int offset) => Word(offset, bytes);

    private static uint Word(int offset, KeptBlock block) => BinaryPrimitives.ReadUInt32LittleEndian(block.Slice.Span[offset..]);
}
