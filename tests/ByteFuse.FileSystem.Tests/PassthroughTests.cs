using System.Runtime.InteropServices;
using ByteFuse.Data;
using ByteFuse.Linux;
using ByteFuse.Metadata;
using ByteFuse.Protocol;
using Xunit;
using OpenFlags = ByteFuse.Protocol.OpenFlags;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Which opens the kernel serves by itself, and what it may keep of such files.</summary>
public sealed class PassthroughTests : IDisposable
{
    // Locks are the kernel's: close(2) has nothing to tell.
    private const OpenFlags PassthroughOpen = OpenFlags.Passthrough | OpenFlags.NoFlush;
    private const OpenFlags CachedOpen = OpenFlags.KeepCache | OpenFlags.NoFlush;

    private const uint ReadOnly = 0;
    private const uint WriteOnly = 1;
    private const uint ReadWrite = 2;
    private const uint Append = 0x400;
    private const uint Direct = 0x4000;
    private const uint SynchronousData = 0x1000;

    private readonly VolumeFixture volume;
    private readonly FakeBackingFiles kernel = new();
    private readonly CountingNotifier notifier = new();
    private WatchedDataStore store = null!;

    public PassthroughTests()
    {
        volume = new VolumeFixture((metadata, data) => store = new WatchedDataStore(metadata, data));
        volume.Connection.Notifier = notifier;
    }

    public void Dispose() => volume.Dispose();

    [Fact]
    public void All_opens_of_a_file_have_one_backing_file_until_the_last_is_released()
    {
        var file = MakeFile("file");
        var first = Open(file, ReadOnly);
        Assert.Equal(PassthroughOpen, first.Flags);
        Assert.Equal([first.BackingId], kernel.Held);
        Assert.Equal(first.BackingId, Open(file, ReadWrite).BackingId);
        Assert.Equal(first.BackingId, Open(file, WriteOnly).BackingId);
        volume.Release(file);
        volume.Release(file);
        Assert.Equal([first.BackingId], kernel.Held);
        volume.Release(file);
        Assert.Empty(kernel.Held);
        Assert.NotEqual(first.BackingId, Open(file, ReadOnly).BackingId);
        volume.Release(file);
        Assert.Empty(kernel.Held);
    }

    [Fact]
    public void What_was_never_written_has_none_while_it_is_read_whoever_comes_meanwhile()
    {
        var file = MakeFile("file", length: 0);
        Assert.Equal(CachedOpen, Open(file, ReadOnly).Flags);
        Assert.Equal(CachedOpen, Open(file, ReadWrite).Flags);
        volume.Write(file, new byte[10]);
        volume.Release(file);
        Assert.Equal(CachedOpen, Open(file, ReadWrite).Flags);
        volume.Release(file);
        volume.Release(file);
        Assert.Empty(kernel.Held);
        Assert.Equal(PassthroughOpen, Open(file, ReadOnly).Flags);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_first_opens_at_once_the_one_that_is_counted_first_decides(bool theOtherHasOne)
    {
        var file = MakeFile("file");
        var record = volume.Record(file);
        const int others = 1000;
        kernel.Meanwhile = () => volume.Volume.OpenInodes.Open(new Node { Inode = file, Record = record }, theOtherHasOne ? others : 0);
        var opened = Open(file, ReadWrite);
        Assert.Equal(theOtherHasOne ? others : 0, opened.BackingId);
        Assert.Equal(theOtherHasOne ? PassthroughOpen : CachedOpen, opened.Flags);
        Assert.Empty(kernel.Held);
        Assert.Equal(2, volume.Volume.OpenInodes.Open(new Node { Inode = file, Record = record }).Opens - 1);
    }

    [Fact]
    public void A_file_with_bytes_is_not_opened_where_the_kernel_does_not_take_it_an_empty_one_is()
    {
        var full = MakeFile("full");
        var empty = MakeFile("empty", length: 0);
        volume.Connection.BackingFiles = kernel;
        kernel.Refusal = Errno.ENOMEM;
        Assert.Equal(Errno.ENOMEM, Serve(full, ReadOnly).Error);
        Assert.Equal(CachedOpen, Open(empty, ReadWrite).Flags);
        Assert.Equal(1, volume.Volume.OpenFileCount);
    }

    [Fact]
    public void A_backing_file_that_was_not_written_changes_no_attribute()
    {
        var file = MakeFile("file", length: 0);
        var old = new SetAttributesIn { Valid = SetAttributesValid.ModifyTime, ModifySeconds = 5 };
        Assert.Equal(Errno.None, volume.Serve(Opcode.SetAttributes, file, old).Error);
        var before = Attributes(file).Attributes;
        Thread.Sleep(20);
        Assert.Equal(PassthroughOpen, Open(file, WriteOnly).Flags);
        Assert.True(volume.HasBytes(file));
        Assert.Equal(before, Attributes(file).Attributes);
        File.WriteAllText(volume.Files.PathOf(file), "written by the kernel");
        var after = Attributes(file).Attributes;
        Assert.Equal(21UL, after.Size);
        Assert.True(after.ModifySeconds > 5 && after.ChangeSeconds > 5);
    }

    [Fact]
    public void A_time_set_on_a_file_that_was_not_written_is_its_time_whatever_it_is()
    {
        var file = MakeFile("file", length: 0);
        Thread.Sleep(20);
        Assert.Equal(PassthroughOpen, Open(file, WriteOnly).Flags);
        Assert.Equal(Errno.None, FileCalls.GetStatus(volume.Files.PathOf(file), out var backing));
        // touch(1) does this: the backing file was made in the same tick of the clock.
        var birth = backing.BirthNs!.Value;
        foreach (var time in new[] { birth, birth + 5_000_000, birth - 5_000_000_000 })
        {
            var (seconds, nanoseconds) = (FileTime.Seconds(time), FileTime.Nanoseconds(time));
            var set = new SetAttributesIn { Valid = SetAttributesValid.ModifyTime, ModifySeconds = seconds, ModifyNanoseconds = nanoseconds };
            Assert.Equal(Errno.None, volume.Serve(Opcode.SetAttributes, file, set).Error);
            Assert.Equal((seconds, nanoseconds), (Attributes(file).Attributes.ModifySeconds, Attributes(file).Attributes.ModifyNanoseconds));
        }
    }

    [Fact]
    public void A_created_file_gets_a_backing_file_where_the_last_ones_of_its_directory_were_written_to()
    {
        var (empties, full) = (volume.MakeDirectory("empties"), volume.MakeDirectory("full"));
        volume.Connection.BackingFiles = kernel;
        for (var i = 0; i < 40; i++)
        {
            volume.Release(volume.Create($"{i}", empties, 0, 0).Inode());
            var file = volume.Create($"{i}", full, 0, 0).Inode();
            if (volume.HasBytes(file)) File.WriteAllText(volume.Files.PathOf(file), "x");
            else volume.Write(file, new byte[1]);
            volume.Release(file);
        }
        Assert.Empty(kernel.Held);
        Assert.False(volume.HasBytes(volume.Create("next", empties, 0, 0).Inode()));
        Assert.True(volume.HasBytes(volume.Create("next", full, 0, 0).Inode()));
        Assert.Single(kernel.Held);
    }

    [Fact]
    public void Attributes_of_what_may_be_mapped_for_writing_are_not_kept()
    {
        var file = MakeFile("file");
        Assert.Equal(3600UL, Attributes(file).ValidSeconds);
        Open(file, WriteOnly);
        Assert.Equal((3600UL, 0), (Attributes(file).ValidSeconds, notifier.Count));
        Open(file, ReadWrite);
        Assert.Equal((0UL, 1), (Attributes(file).ValidSeconds, notifier.Count));
        Open(file, ReadWrite);
        Assert.Equal(1, notifier.Count);
        // The kernel still has the inode, as a FORGET that is late would have it go.
        volume.Forget(file);
        for (var i = 0; i < 3; i++) volume.Release(file);
        Assert.Equal(1UL, Attributes(file).ValidSeconds);
        Open(file, ReadWrite);
        Assert.Equal((0UL, 2), (Attributes(file).ValidSeconds, notifier.Count));
        volume.Release(file);
        volume.Forget(file);
        Assert.Equal(3600UL, Attributes(file).ValidSeconds);
    }

    [Theory]
    [InlineData(WriteOnly | Append, true)]
    [InlineData(ReadWrite | Append, true)]
    [InlineData(ReadOnly | Append, false)]
    [InlineData(WriteOnly | Direct, true)]
    [InlineData(ReadWrite | Direct, false)]
    [InlineData(ReadOnly | Direct, false)]
    public void Flags_that_can_be_taken_away_bring_writes_to_the_daemon(uint flags, bool toDaemon)
    {
        Assert.SkipWhen(RuntimeInformation.ProcessArchitecture == Architecture.Arm64, "O_DIRECT has another value");
        var opened = Open(MakeFile("file"), flags);
        Assert.Equal(toDaemon ? PassthroughOpen | OpenFlags.DirectIo : PassthroughOpen, opened.Flags);
        Assert.NotEqual(0, opened.BackingId);
    }

    [Theory]
    [InlineData(SynchronousData | WriteOnly, true)]
    [InlineData(SynchronousData | ReadOnly, false)]
    [InlineData(ReadWrite, false)]
    public void What_leads_to_a_file_is_durable_before_its_synchronous_writes(uint flags, bool durable)
    {
        var file = MakeFile("file");
        volume.MakeDirectory("later");
        Assert.Equal(PassthroughOpen, Open(file, flags).Flags);
        Assert.Equal(durable, volume.Metadata.DurableSequence >= volume.Metadata.CommittedSequence);
        Assert.Equal(durable ? [file] : [], store.Synced);
    }

    [Fact]
    public void Writes_come_to_the_daemon_where_space_is_short_and_deleted_files_hold_some()
    {
        var file = MakeFile("file");
        var deleted = MakeFile("deleted");
        volume.Run(volume.Volume.Garbage.Collect);
        store.Space = new DataSpace(4096, 1000, 400, 400, 1000);
        var full = PassthroughOpen | OpenFlags.DirectIo;
        SpinWait.SpinUntil(() => !volume.Volume.Garbage.IsBusy, TimeSpan.FromSeconds(20));
        Assert.Equal(PassthroughOpen, Open(file, WriteOnly).Flags);
        Open(deleted, ReadOnly);
        volume.Unlink("deleted");
        Assert.Equal(full, Open(file, WriteOnly).Flags);
        Assert.Equal(PassthroughOpen, Open(file, ReadOnly).Flags);
        store.Space = new DataSpace(4096, 1000, 600, 600, 1000);
        Assert.Equal(PassthroughOpen, Open(file, WriteOnly).Flags);
    }

    [Fact]
    public void Where_space_is_short_deleted_files_are_gone_without_a_delay()
    {
        store.Space = new DataSpace(4096, 1000, 400, 400, 1000);
        var file = MakeFile("file");
        volume.Unlink("file");
        volume.Forget(file);
        SpinWait.SpinUntil(() => !volume.HasBytes(file), TimeSpan.FromSeconds(4));
        Assert.False(volume.HasBytes(file));
    }

    private ulong MakeFile(string name, int length = 4096)
    {
        volume.Connection.BackingFiles = null;
        var file = volume.CreateClosed(name, length: length);
        volume.Connection.BackingFiles = kernel;
        return file;
    }

    private Answer Serve(ulong file, uint flags) => volume.Serve(Opcode.Open, file, new OpenIn { Flags = flags });

    private OpenOut Open(ulong file, uint flags)
    {
        // So that no access time is due, of which the kernel would be told too.
        const uint noAccessTime = 0x40000;
        var answer = Serve(file, flags | noAccessTime);
        Assert.Equal(Errno.None, answer.Error);
        return MemoryMarshal.Read<OpenOut>(answer.Body);
    }

    private AttributesOut Attributes(ulong file)
    {
        var answer = volume.Serve(Opcode.GetAttributes, file, default(GetAttributesIn));
        Assert.Equal(Errno.None, answer.Error);
        return MemoryMarshal.Read<AttributesOut>(answer.Body);
    }

    private sealed class CountingNotifier : IKernelNotifier
    {
        public int Count { get; private set; }

        public Errno InvalidateAttributes(ulong nodeId)
        {
            Count++;
            return Errno.None;
        }
    }
}
