using System.Text;

namespace ByteFuse.Linux.Tests;

public sealed class FileCallsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly int directory;

    public FileCallsTests() => directory = Succeed(FileCalls.Open(folder.Path, OpenFlags.ReadOnly | OpenFlags.Directory));

    public void Dispose()
    {
        FileCalls.Close(directory);
        folder.Dispose();
    }

    [Fact]
    public void Status_tells_size_times_type_and_identity()
    {
        var fd = Create("file");
        Assert.Equal(5, FileCalls.Write(fd, "hello"u8).Value);
        Assert.True(FileCalls.SetTimes(fd, 1_000_000_001, 2_000_000_002).Succeeded);
        Assert.True(FileCalls.SetMode(fd, 0x1A0).Succeeded);
        Assert.Equal(Errno.None, FileCalls.GetStatus(fd, out var status));
        Assert.Equal(5, status.Size);
        Assert.Equal(1_000_000_001, status.AccessedNs);
        Assert.Equal(2_000_000_002, status.ModifiedNs);
        Assert.Equal(0x81A0u, status.Mode);
        Assert.True(status.IsRegularFile);
        Assert.Equal(1u, status.LinkCount);
        Assert.InRange(status.Blocks512, 0, 64);
        Assert.Equal(Errno.None, FileCalls.GetStatusAt(directory, "file\0"u8, 0, out var byName));
        Assert.Equal(status, byName);
        Assert.Equal(Errno.None, FileCalls.GetStatus(folder.Path, out var ofFolder));
        Assert.True(ofFolder.IsDirectory);
        Assert.Equal(ofFolder.Device, status.Device);
        Assert.NotEqual(ofFolder.Inode, status.Inode);
        FileCalls.Close(fd);
    }

    [Fact]
    public void Times_before_1970_now_and_omitted_are_set()
    {
        var fd = Create("file");
        Assert.True(FileCalls.SetTimes(fd, -1, -1_500_000_000).Succeeded);
        FileCalls.GetStatus(fd, out var status);
        Assert.Equal((-1, -1_500_000_000), (status.AccessedNs, status.ModifiedNs));
        Assert.True(FileCalls.SetTimesAt(directory, "file\0"u8, FileTimes.Omit, FileTimes.Now).Succeeded);
        FileCalls.GetStatus(fd, out status);
        Assert.Equal(-1, status.AccessedNs);
        Assert.True(status.ModifiedNs > FileTime.FromUnixNanoseconds(1_500_000_000_000_000_000));
        FileCalls.Close(fd);
    }

    [Fact]
    public void Errors_are_values()
    {
        Assert.Equal(Errno.ENOENT, FileCalls.Open(folder["absent"], OpenFlags.ReadOnly).Error);
        Assert.Equal(Errno.ENOENT, FileCalls.GetStatus(folder["absent"], out _));
        Assert.Equal(Errno.EBADF, FileCalls.Read(-1, new byte[1]).Error);
        Assert.Equal(Errno.EEXIST, FileCalls.MakeDirectoryAt(directory, folder.Path, 0x1C0).Error);
        Assert.Equal(Errno.EISDIR, FileCalls.UnlinkAt(directory, folder.Path).Error);
        Assert.Throws<ArgumentException>(() => FileCalls.OpenAt(directory, "no null"u8, 0));
        Assert.Throws<ArgumentException>(() => FileCalls.Open("a\0b", 0));
    }

    [Fact]
    public void Names_are_made_linked_renamed_read_and_removed()
    {
        FileCalls.Close(Create("file"));
        Assert.True(FileCalls.MakeDirectoryAt(directory, "sub\0"u8, 0x1C0).Succeeded);
        Assert.True(FileCalls.LinkAt(directory, "file\0"u8, directory, "sub/link\0"u8).Succeeded);
        Assert.True(FileCalls.SymlinkAt("target\0"u8, directory, "symlink\0"u8).Succeeded);
        var target = new byte[16];
        Assert.Equal(6, FileCalls.ReadLinkAt(directory, "symlink\0"u8, target).Value);
        Assert.True(target.AsSpan(0, 6).SequenceEqual("target"u8));
        Assert.Equal(Errno.EEXIST,
            FileCalls.RenameAt(directory, "file\0"u8, directory, "symlink\0"u8, RenameFlags.NoReplace).Error);
        Assert.True(FileCalls.RenameAt(directory, "file\0"u8, directory, "renamed\0"u8).Succeeded);
        Assert.Equal([".", "..", "renamed", "sub", "symlink"], Names(directory));
        Assert.Equal(Errno.ENOTEMPTY, FileCalls.UnlinkAt(directory, "sub\0"u8, AtFlags.RemoveDirectory).Error);
        Assert.True(FileCalls.UnlinkAt(directory, "sub/link\0"u8).Succeeded);
        Assert.True(FileCalls.UnlinkAt(directory, "sub\0"u8, AtFlags.RemoveDirectory).Succeeded);
    }

    [Fact]
    public void A_directory_that_needs_many_reads_is_read_whole()
    {
        for (var i = 0; i < 300; i++) FileCalls.Close(Create($"file-{i:D4}"));
        Assert.Equal(302, Names(directory).Count);
    }

    [Fact]
    public void Data_holes_copies_and_sizes()
    {
        var fd = Create("sparse");
        Assert.Equal(4096, FileCalls.WriteAt(fd, new byte[4096], 1 << 20).Value);
        Assert.Equal(1 << 20, FileCalls.Seek(fd, 0, SeekOrigins.Data).Value);
        Assert.Equal(0, FileCalls.Seek(fd, 0, SeekOrigins.Hole).Value);
        Assert.Equal(Errno.ENXIO, FileCalls.Seek(fd, 2 << 20, SeekOrigins.Data).Error);
        Assert.True(FileCalls.Truncate(fd, 5L << 30).Succeeded);
        Assert.Equal(5L << 30, FileCalls.Seek(fd, 0, SeekOrigins.End).LongValue);
        Assert.True(FileCalls.Sync(fd).Succeeded);
        Assert.True(FileCalls.Sync(fd, dataOnly: true).Succeeded);
        var copy = Create("copy");
        FileCalls.WriteAt(fd, "abc"u8, 10);
        Assert.Equal(3, FileCalls.CopyRange(fd, 10, copy, 100, 3).Value);
        var back = new byte[3];
        Assert.Equal(3, FileCalls.ReadAt(copy, back, 100).Value);
        Assert.Equal("abc", Encoding.ASCII.GetString(back));
        Assert.True(FileCalls.Allocate(fd, AllocationModes.PunchHole | AllocationModes.KeepSize, 0, 2 << 20).Succeeded);
        Assert.Equal(Errno.ENXIO, FileCalls.Seek(fd, 0, SeekOrigins.Data).Error);
        FileCalls.Close(fd);
        FileCalls.Close(copy);
    }

    [Fact]
    public void Vectors_are_read_and_written_in_order()
    {
        var fd = Create("file");
        using var memory = NativeMemoryBlock.Allocate(4096);
        "one"u8.CopyTo(memory.Slice.Span);
        "three"u8.CopyTo(memory.Slice.Span[100..]);
        Assert.Equal(8, FileCalls.WriteVector(fd, memory.Slice.Slice(0, 3), memory.Slice.Slice(100, 5)).Value);
        Assert.Equal(5, FileCalls.WriteVector(fd, "fo"u8, "ur!"u8).Value);
        Assert.Equal(4, FileCalls.WriteVectorAt(fd, memory.Slice.Slice(0, 1), memory.Slice.Slice(100, 3), 20).Value);
        Assert.Equal("onethreefour!", Encoding.ASCII.GetString(File.ReadAllBytes(folder["file"]), 0, 13));
        Assert.Equal("othr", Encoding.ASCII.GetString(File.ReadAllBytes(folder["file"]), 20, 4));
        FileCalls.Seek(fd, 0, SeekOrigins.Start);
        Assert.Equal(10, FileCalls.ReadVector(fd, memory.Slice.Slice(200, 4), memory.Slice.Slice(300, 6)).Value);
        Assert.Equal("onet", Encoding.ASCII.GetString(memory.Slice.Slice(200, 4).Span));
        Assert.Equal("hreefo", Encoding.ASCII.GetString(memory.Slice.Slice(300, 6).Span));
        Assert.Equal(3, FileCalls.ReadVectorAt(fd, memory.Slice.Slice(0, 1), memory.Slice.Slice(1, 2), 10).Value);
        Assert.Equal("ur!", Encoding.ASCII.GetString(memory.Slice.Slice(0, 3).Span));
        FileCalls.Close(fd);
    }

    [Fact]
    public void Locks_exclude_other_open_files_and_are_shared_by_duplicates()
    {
        var first = Create("file");
        var second = Succeed(FileCalls.Open(folder["file"], OpenFlags.ReadWrite));
        var duplicate = Succeed(FileCalls.Duplicate(first));
        Assert.True(FileCalls.Lock(first, LockOperations.Exclusive).Succeeded);
        Assert.Equal(Errno.EAGAIN, FileCalls.Lock(second, LockOperations.Exclusive | LockOperations.NonBlocking).Error);
        Assert.True(FileCalls.Lock(duplicate, LockOperations.Unlock).Succeeded);
        Assert.True(FileCalls.Lock(second, LockOperations.Exclusive | LockOperations.NonBlocking).Succeeded);
        foreach (var fd in new[] { first, second, duplicate }) FileCalls.Close(fd);
    }

    [Fact]
    public void The_file_system_tells_its_size()
    {
        Assert.Equal(Errno.None, FileCalls.GetFileSystemStatus(directory, out var status));
        var drive = new DriveInfo(folder.Path);
        Assert.Equal((ulong)drive.TotalSize, status.Blocks * status.FragmentSize);
        Assert.Equal(255ul, status.MaximumNameLength);
        Assert.InRange(status.AvailableBlocks, 0ul, status.Blocks);
    }

    [Fact]
    public void A_non_blocking_pipe_says_that_it_is_empty()
    {
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd, nonBlocking: true));
        Assert.Equal(Errno.EAGAIN, FileCalls.Read(readEnd, new byte[1]).Error);
        FileCalls.Write(writeEnd, "x"u8);
        Assert.Equal(1, FileCalls.Read(readEnd, new byte[8]).Value);
        Assert.True(FileCalls.SetNonBlocking(readEnd, false).Succeeded);
        FileCalls.Close(writeEnd);
        Assert.Equal(0, FileCalls.Read(readEnd, new byte[1]).Value);
        FileCalls.Close(readEnd);
    }

    private static List<string> Names(int directory)
    {
        FileCalls.Seek(directory, 0, SeekOrigins.Start);
        var names = new List<string>();
        var buffer = new byte[512];
        while (true)
        {
            var read = Succeed(FileCalls.ReadDirectory(directory, buffer));
            if (read == 0) break;
            var entries = new DirectoryEntryReader(buffer.AsSpan(0, read));
            while (entries.Read()) names.Add(Encoding.UTF8.GetString(entries.Name));
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static int Succeed(IoResult result)
    {
        Assert.True(result.Succeeded, result.ToString());
        return result.Value;
    }

    private int Create(string name) =>
        Succeed(FileCalls.OpenAt(directory, name, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive, 0x180));

    [Fact]
    public void A_file_that_the_kernel_knows_is_opened_without_looking()
    {
        File.WriteAllText(folder["file"], "x");
        var opened = Succeed(FileCalls.OpenKnownAt(directory, "file\0"u8, OpenFlags.ReadOnly));
        Assert.Equal(1, FileCalls.ReadAt(opened, new byte[10], 0).Value);
        // Making a file is not without looking.
        Assert.Equal(Errno.EAGAIN, FileCalls.OpenKnownAt(directory, "new\0"u8, OpenFlags.WriteOnly | OpenFlags.Create).Error);
        Assert.Throws<ArgumentException>(() => FileCalls.OpenKnownAt(directory, "file"u8, OpenFlags.ReadOnly));
        FileCalls.Close(opened);
    }
}
