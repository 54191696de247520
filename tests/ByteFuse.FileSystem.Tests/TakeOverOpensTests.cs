using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;
using OpenFlags = ByteFuse.Protocol.OpenFlags;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A daemon with passthrough dies: what its successor knows of open files, and what it takes back.</summary>
public sealed class TakeOverOpensTests : IDisposable
{
    private const uint ReadWrite = 2;
    private const ulong Number = 500;
    private const ulong Again = Number | InHeader.ResentBit;

    private readonly VolumeFixture volume = new();
    private readonly FakeBackingFiles kernel = new() { ForgivesUnknown = true };

    public void Dispose() => volume.Dispose();

    [Fact]
    public void Opens_agree_with_those_of_the_dead_until_the_last_of_all_is_released()
    {
        var file = MakeFile();
        var first = Open(file);
        var second = Open(file);
        Restart();
        Assert.Equal(first.BackingId, Open(file).BackingId);
        Restart();
        Assert.Equal(1, volume.Volume.OpenFileCount);
        Release(file, first.Handle);
        // Read by one that died in front of the answer: it comes again.
        Release(file, first.Handle);
        var third = Open(file);
        Assert.Equal(first.BackingId, third.BackingId);
        Release(file, second.Handle);
        Release(file, third.Handle);
        Assert.Equal([first.BackingId], kernel.Held);
        Release(file, Handles[2]);
        Assert.Empty(kernel.Held);
        Assert.Equal(0, volume.Volume.OpenFileCount);
    }

    [Fact]
    public void A_file_that_is_open_without_a_backing_file_gets_none()
    {
        var file = MakeFile(length: 0);
        Assert.Equal(0, Open(file, flags: 0).BackingId);
        Restart();
        volume.Write(file, [1]);
        Assert.Equal(0, Open(file).BackingId);
    }

    [Fact]
    public void An_open_that_comes_again_is_counted_once()
    {
        var file = MakeFile();
        var first = Open(file, number: Number);
        Restart();
        var again = Open(file, number: Again);
        Assert.Equal((first.Handle, first.BackingId), (again.Handle, again.BackingId));
        Release(file, again.Handle);
        Assert.Empty(kernel.Held);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_create_that_comes_again_is_answered_as_an_open_that_is_counted(bool wasCounted)
    {
        Settle();
        var made = volume.Create("file", VolumeOperations.Root, Number, 3);
        var file = made.Inode();
        volume.Write(file, [1]);
        if (!wasCounted) Assert.True(volume.Connection.Memory!.Opens!.Remove(Opened(made).Handle));
        Restart();
        var again = volume.Create("file", VolumeOperations.Root, Again, 3);
        Assert.Equal(file, again.Inode());
        Assert.Equal(1, volume.Volume.OpenFileCount);
        Assert.Equal(Opened(again).BackingId, Open(file).BackingId);
        Assert.Equal(wasCounted, Opened(again).BackingId == Opened(made).BackingId);
    }

    [Fact]
    public void What_the_dead_had_given_for_no_open_is_taken_back()
    {
        var file = MakeFile();
        var open = Open(file);
        // Given, and the daemon died before it was counted; before it was noted; and before it was taken back.
        volume.Connection.BackingFiles!.Open(0);
        kernel.Open(0);
        Restart();
        Assert.Equal([open.BackingId], kernel.Held);
    }

    [Fact]
    public void What_may_be_mapped_for_writing_is_known_to_a_successor()
    {
        var file = MakeFile();
        Open(file, ReadWrite);
        Restart();
        Assert.True(volume.Volume.Mappable.Contains(file));
        Release(file, Handles[0]);
        volume.Forget(file);
        Restart();
        Assert.False(volume.Volume.Mappable.Contains(file));
    }

    private List<ulong> Handles { get; } = [];

    private static OpenOut Opened(Answer answer) => MemoryMarshal.Read<OpenOut>(answer.Body.AsSpan(Marshal.SizeOf<EntryOut>()));

    // Without passthrough, of which nothing is kept.
    private ulong MakeFile(int length = 4096)
    {
        var file = volume.CreateClosed("file", length: length);
        Settle();
        return file;
    }

    private OpenOut Open(ulong file, uint flags = 0, ulong number = 0)
    {
        var answer = volume.Serve(Opcode.Open, file, new OpenIn { Flags = flags }, default, number);
        Assert.Equal(Errno.None, answer.Error);
        var open = MemoryMarshal.Read<OpenOut>(answer.Body);
        Assert.Equal(open.BackingId != 0, (open.Flags & OpenFlags.Passthrough) != 0);
        Handles.Add(open.Handle);
        return open;
    }

    private void Release(ulong file, ulong handle) =>
        Assert.Equal(Errno.None, volume.Serve(Opcode.Release, file, new ReleaseIn { Handle = handle }).Error);

    private void Restart()
    {
        volume.Restart(goesOn: true);
        Settle();
    }

    private void Settle() => Assert.Equal(Errno.None, volume.Connection.SettleBackingFiles(kernel, _ => Errno.None, out _));
}
