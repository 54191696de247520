using System.Runtime.InteropServices;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using Xunit;

namespace ByteFuse.FileSystem.Tests;

/// <summary>Bytes that could not be written back: the file system below tells one sync, and every open is to hear of it once.</summary>
public sealed class SyncFailureTests : IDisposable
{
    private const uint SynchronousData = 0x1000;

    private readonly VolumeFixture volume;
    private WatchedDataStore store = null!;

    public SyncFailureTests() => volume = new VolumeFixture((metadata, files) => store = new WatchedDataStore(metadata, files));

    public void Dispose() => volume.Dispose();

    [Theory]
    [InlineData(Errno.EIO)]
    [InlineData(Errno.ENOSPC)]
    [InlineData(Errno.EDQUOT)]
    public void Each_open_of_the_file_is_told_once(Errno error)
    {
        var file = volume.CreateClosed("file");
        var other = volume.CreateClosed("other");
        ulong first = Open(file), second = Open(file), third = Open(file), stranger = Open(other);
        store.SyncFailure = error;
        Assert.Equal(error, Sync(file, second));
        var later = Open(file);
        Assert.Equal(Errno.None, Sync(file, later));
        Assert.Equal(Errno.None, Sync(other, stranger));
        Assert.Equal(Errno.None, Sync(file, second));
        Assert.Equal(error, Sync(file, first));
        Assert.Equal(error, WriteSynchronously(file, third));
        foreach (var handle in new[] { first, second, third, later }) Assert.Equal(Errno.None, Sync(file, handle));
    }

    [Fact]
    public void A_second_failure_is_told_to_all_again()
    {
        var file = volume.CreateClosed("file");
        ulong first = Open(file), second = Open(file), third = Open(file);
        store.SyncFailure = Errno.EIO;
        Assert.Equal(Errno.EIO, Sync(file, first));
        Assert.Equal(Errno.EIO, Sync(file, second));
        store.SyncFailure = Errno.ENOSPC;
        Assert.Equal(Errno.ENOSPC, Sync(file, second));
        Assert.Equal(Errno.ENOSPC, Sync(file, first));
        Assert.Equal(Errno.ENOSPC, Sync(file, third));
        Assert.Equal(Errno.None, Sync(file, third));
    }

    [Fact]
    public void A_sync_that_could_not_be_made_concerns_nobody_else()
    {
        var file = volume.CreateClosed("file");
        ulong first = Open(file), second = Open(file);
        store.SyncFailure = Errno.EAGAIN;
        Assert.Equal(Errno.EAGAIN, Sync(file, first));
        Assert.Equal(Errno.None, Sync(file, second));
    }

    // Numbers of handles are never used again; the file is closed, and what is kept for it goes.
    [Fact]
    public void A_file_that_was_closed_is_forgotten()
    {
        var file = volume.CreateClosed("file");
        ulong first = Open(file), second = Open(file);
        store.SyncFailure = Errno.EIO;
        Assert.Equal(Errno.EIO, Sync(file, first));
        volume.Release(file);
        volume.Release(file);
        Open(file);
        Assert.Equal(Errno.None, Sync(file, second));
    }

    private ulong Open(ulong file)
    {
        var answer = volume.Serve(Opcode.Open, file, default(OpenIn));
        Assert.Equal(Errno.None, answer.Error);
        return MemoryMarshal.Read<OpenOut>(answer.Body).Handle;
    }

    private Errno Sync(ulong file, ulong handle) => volume.Serve(Opcode.Fsync, file, new FsyncIn { Handle = handle }).Error;

    private Errno WriteSynchronously(ulong file, ulong handle) =>
        volume.Serve(Opcode.Write, file, new WriteIn { Handle = handle, Size = 1, Flags = SynchronousData }, [1]).Error;
}
