using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using ByteFuse.Reactor;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A daemon dies, and its successor goes on with the session and the connection.</summary>
public sealed class TakeOverTests : IDisposable
{
    private const ulong Root = VolumeOperations.Root;
    private const ulong Number = 500;
    private const ulong Again = Number | InHeader.ResentBit;
    private const long Late = 4_000_000_000_000_000_000;

    private readonly VolumeFixture volume = new();

    public void Dispose() => volume.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_has_no_name_stays_for_a_connection_that_goes_on_until_the_kernel_forgets_it(bool goesOn)
    {
        var file = volume.CreateOpen("file");
        volume.Write(file, [1, 2, 3]);
        volume.Unlink("file");
        var folder = volume.MakeDirectory("folder");
        volume.RemoveDirectory("folder");
        volume.Restart(goesOn);
        volume.CollectGarbage();
        Assert.Equal(goesOn, volume.Has(Keys.Orphan(file)));
        Assert.Equal(goesOn, volume.Has(Keys.Orphan(folder)));
        Assert.Equal(goesOn ? 2 : 0, volume.Volume.OrphanCount);
        if (!goesOn) return;
        Assert.Equal([1, 2, 3], volume.Read(file, 3));
        volume.Forget(folder);
        volume.Forget(file);
        // The RELEASE of the open that the dead one counted: it may be read behind the FORGET.
        volume.Release(file);
        volume.CollectGarbage();
        Assert.False(volume.Has(Keys.Inode(file)));
        Assert.False(volume.Has(Keys.Orphan(folder)));
        Assert.Equal((0, 0), (volume.Volume.OrphanCount, volume.Volume.OpenFileCount));
    }

    [Fact]
    public void A_file_without_a_name_that_is_opened_again_outlives_that_open()
    {
        var file = volume.CreateOpen("file");
        volume.Unlink("file");
        volume.Restart(goesOn: true);
        var handle = Open(file);
        Release(file, handle);
        volume.CollectGarbage();
        Assert.True(volume.Has(Keys.Inode(file)));
        Assert.Equal(4096, volume.Read(file, 4096).Length);
    }

    [Fact]
    public void Handles_are_never_given_out_twice_and_a_release_of_an_old_one_ends_no_new_open()
    {
        var file = volume.CreateClosed("file");
        var first = Open(file);
        volume.Restart(goesOn: true);
        var second = Open(file);
        Assert.NotEqual(first, second);
        Release(file, first);
        Assert.Equal(1, volume.Volume.OpenFileCount);
        Release(file, second);
        Assert.Equal(0, volume.Volume.OpenFileCount);
    }

    [Fact]
    public void A_write_that_was_done_is_not_done_again()
    {
        var file = volume.CreateClosed("file");
        Write(file, 1, Number, 3);
        // Two deaths in a row, and in each life other requests in the same slot.
        for (var life = 0; life < 2; life++)
        {
            volume.Restart(goesOn: true);
            Write(file, 2, Number + 2 + (ulong)(2 * life), 3);
        }
        var answer = Write(file, 1, Again, 5);
        Assert.Equal(8, answer.Body.Length);
        Assert.Equal(1u, MemoryMarshal.Read<WriteOut>(answer.Body).Size);
        Assert.Equal([2], volume.Read(file, 1));
        Assert.Equal(1, volume.Connection.Inheritance.AnsweredFromRecord);
    }

    [Fact]
    public void A_write_that_was_not_done_is_done()
    {
        var file = volume.CreateClosed("file");
        volume.Restart(goesOn: true);
        Write(file, 1, Again, 3);
        Assert.Equal([1], volume.Read(file, 1));
    }

    [Fact]
    public void Changes_of_a_successor_leave_the_records_that_are_still_asked_for()
    {
        volume.MakeDirectory("one", number: Number, slot: 3);
        volume.Restart(goesOn: true);
        volume.MakeDirectory("two", number: Number + 2, slot: 3);
        volume.Restart(goesOn: true);
        volume.MakeDirectory("three", number: Number + 4, slot: 3);
        // Executed again it would be EEXIST.
        volume.MakeDirectory("one", number: Again, slot: 3);
        volume.MakeDirectory("two", number: (Number + 2) | InHeader.ResentBit, slot: 3);
    }

    [Fact]
    public void Records_of_the_dead_go_when_all_that_they_had_in_hand_is_answered()
    {
        var file = volume.CreateClosed("file");
        volume.MakeDirectory("one", number: Number, slot: 3);
        Write(file, 1, Number + 2, 4);
        volume.Restart(goesOn: true);
        var inheritance = volume.Connection.Inheritance;
        inheritance.Begin(2);
        volume.MakeDirectory("two", number: Number + 4, slot: 3);
        volume.MakeDirectory("one", number: Again, slot: 5);
        Pass(inheritance);
        Assert.True(inheritance.IsOpen);
        Assert.Equal(3, Records());
        Pass(inheritance);
        Assert.False(inheritance.IsOpen);
        Assert.Equal(1, Records());
        // The word of the write, too.
        Write(file, 2, (Number + 2) | InHeader.ResentBit, 4);
        Assert.Equal([2], volume.Read(file, 1));
    }

    [Fact]
    public void Access_times_that_were_not_committed_survive()
    {
        var file = volume.CreateClosed("file");
        Assert.Equal(Errno.None, volume.Run(() => volume.Volume.AccessTimes.Record(volume.Connection, file, Late)));
        volume.Restart(goesOn: true);
        Assert.Equal(Late, volume.AccessedNs(file));
        Assert.Equal(Errno.None, volume.Run(volume.Connection.Close));
        Assert.Equal(Late, volume.AccessedNs(file));
        Assert.Equal(Errno.None, volume.Run(volume.Volume.Sync));
        Assert.Equal(Late, volume.Record(file).AccessedNs);
    }

    [Fact]
    public void A_session_is_not_continued_where_the_volume_was_opened_in_between()
    {
        var id = volume.Connection.Id;
        Assert.Equal(Errno.None, ConnectionMemory.TryTakeOver(FileCalls.Duplicate(volume.Connection.Memory!.Descriptor).Value, out var left));
        using (left)
        {
            Assert.Equal(id, left!.ConnectionId);
            volume.Restart();
            volume.Die();
            var opening = volume.Run(() => Volume.Open(volume.Metadata, volume.Files, [left]));
            Assert.Equal(Errno.ESTALE, opening.Error);
        }
    }

    [Fact]
    public void Memory_of_a_later_version_or_of_nobody_is_refused()
    {
        Assert.Equal(Errno.None, KeptBlock.TryCreate("test", 2232576, out var block));
        using (block)
        {
            Assert.Equal(Errno.EINVAL, ConnectionMemory.TryTakeOver(block!.Descriptor, out _));
            "BFKEPT\0\0\x04"u8.CopyTo(block.Slice.Span);
            Assert.Equal(Errno.EPROTO, ConnectionMemory.TryTakeOver(block.Descriptor, out _));
            // The first layout, which knew no open files.
            block.Slice.Span[8] = 1;
            Assert.Equal(Errno.None, ConnectionMemory.TryTakeOver(FileCalls.Duplicate(block.Descriptor).Value, out var memory));
            Assert.Null(memory!.Opens);
            memory.Dispose();
            foreach (var larger in (byte[])[2, 3])
            {
                block.Slice.Span[8] = larger;
                Assert.Equal(Errno.EINVAL, ConnectionMemory.TryTakeOver(block.Descriptor, out _));
            }
        }
    }

    private ulong Open(ulong file)
    {
        var answer = volume.Serve(Opcode.Open, file, default(OpenIn));
        Assert.Equal(Errno.None, answer.Error);
        return MemoryMarshal.Read<OpenOut>(answer.Body).Handle;
    }

    private void Release(ulong file, ulong handle) =>
        Assert.Equal(Errno.None, volume.Serve(Opcode.Release, file, new ReleaseIn { Handle = handle }).Error);

    private Answer Write(ulong file, byte value, ulong number, uint slot)
    {
        var answer = volume.Serve(Opcode.Write, file, new WriteIn { Size = 1 }, [value], number, slot);
        Assert.Equal(Errno.None, answer.Error);
        return answer;
    }

    private void Pass(Inheritance inheritance) => volume.Run(() =>
    {
        inheritance.QueuePassed();
        return new ReactorTask<int>(0);
    });

    private int Records() => volume.Snapshot(Keys.DuplicateRequests(volume.Connection.Id)).Count;
}
