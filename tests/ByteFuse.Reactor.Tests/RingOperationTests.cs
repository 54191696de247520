using System.Text;
using ByteFuse.Linux;

namespace ByteFuse.Reactor.Tests;

public sealed class RingOperationTests : IDisposable
{
    private readonly ReactorFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_file_is_opened_written_synced_read_truncated_closed_and_unlinked()
    {
        var path = fixture.Memory.Slice(0, 256);
        Encoding.UTF8.GetBytes(Path.Combine(fixture.Folder, "file") + "\0", path.Span);
        var data = fixture.Memory.Slice(4096, 4096);
        var back = fixture.Memory.Slice(8192, 4096);
        new Random(1).NextBytes(data.Span);
        var results = fixture.Run(async ReactorTask<List<IoResult>> () =>
        {
            var reactor = CoreReactor.Current;
            var list = new List<IoResult>();
            var opened = await reactor.OpenAt(AtFlags.WorkingDirectory, path, OpenFlags.ReadWrite | OpenFlags.Create, 0x180);
            var fd = opened.Value;
            list.Add(await reactor.Write(fd, data, 100));
            list.Add(await reactor.Fsync(fd, dataOnly: false));
            list.Add(await reactor.Fsync(fd, dataOnly: true));
            list.Add(await reactor.Read(fd, back, 100));
            list.Add(await reactor.Allocate(fd, AllocationModes.KeepSize, 0, 1 << 20));
            list.Add(await reactor.Truncate(fd, 1000));
            FileCalls.GetStatus(fd, out var status);
            list.Add(IoResult.FromValue(status.Size));
            list.Add(await reactor.Close(fd));
            list.Add(await reactor.UnlinkAt(AtFlags.WorkingDirectory, path, 0));
            list.Add(await reactor.UnlinkAt(AtFlags.WorkingDirectory, path, 0));
            list.Add(await reactor.Close(fd));
            return list;
        });
        Assert.Equal("4096 0 0 4096 0 0 1000 0 0 ENOENT EBADF", string.Join(' ', results));
        Assert.True(data.Span.SequenceEqual(back.Span));
    }

    [Fact]
    public void More_operations_than_submission_and_completion_entries_all_complete()
    {
        const int count = 20_000;
        using var small = new ReactorFixture(
            new ReactorOptions { MaximumReactors = 1, Pin = false, SubmissionEntries = 8, CompletionEntries = 16 });
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd));
        var memory = small.Memory;
        var received = small.Run(async ReactorTask<int> () =>
        {
            var reactor = CoreReactor.Current;
            var reads = new ReactorTask<IoResult>[count];
            // All wait in the kernel at once, then all complete at once: far more than the completion queue holds.
            for (var i = 0; i < count; i++) reads[i] = reactor.Read(readEnd, memory.Slice(i, 1), -1);
            for (var i = 0; i < count;) i += (await reactor.Write(writeEnd, memory.Slice(0, Math.Min(4096, count - i)), -1)).Value;
            var sum = 0;
            foreach (var read in reads) sum += (await read).Value;
            return sum;
        });
        Assert.Equal(count, received);
        FileCalls.Close(readEnd);
        FileCalls.Close(writeEnd);
    }

}
