using System.Text;
using ByteFuse.Linux;
using ByteFuse.Testing;

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
            list.Add(await reactor.Close(-1));
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

    [Fact]
    public void Reads_allocate_nothing_once_warm()
    {
        const int rounds = 20_000;
        var fd = fixture.OpenFile("file", new byte[4096]);
        var into = fixture.Memory.Slice(0, 4096);
        var windows = new AllocationWindows();
        var bytes = fixture.Run(async ReactorTask<long> () =>
        {
            await ReadRepeatedly(fd, into, 100);
            var read = 0L;
            while (windows.Next()) read += await ReadRepeatedly(fd, into, rounds);
            return read;
        });
        Assert.Equal(4096L * rounds * windows.Count, bytes);
        Assert.Equal(0, windows.Least);
        FileCalls.Close(fd);
    }

    [Fact]
    public void Operations_beyond_the_limit_are_refused_and_the_others_are_not_harmed()
    {
        using var bounded = new ReactorFixture(new ReactorOptions { MaximumReactors = 1, Pin = false, OperationLimit = 10 });
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd));
        var memory = bounded.Memory;
        var outcome = bounded.Run(async ReactorTask<string> () =>
        {
            var reactor = CoreReactor.Current;
            var reads = new ReactorTask<IoResult>[12];
            for (var i = 0; i < reads.Length; i++) reads[i] = reactor.Read(readEnd, memory.Slice(i, 1), -1);
            FileCalls.Write(writeEnd, new byte[reads.Length]);
            var results = new List<IoResult>();
            foreach (var read in reads) results.Add(await read);
            return string.Join(' ', results);
        });
        // One of the ten numbers belongs to the reactor's own wake-up.
        Assert.Equal("1 1 1 1 1 1 1 1 1 EAGAIN EAGAIN EAGAIN", outcome);
        FileCalls.Close(readEnd);
        FileCalls.Close(writeEnd);
    }

    [Theory]
    [InlineData(PollEvents.Readable, 2)]
    [InlineData(PollEvents.Readable | PollEvents.Exclusive, 1)]
    public void An_event_wakes_one_exclusive_poll_and_all_others(uint events, int woken)
    {
        var counter = EventDescriptor.Create().Value;
        var (first, results) = fixture.Run(async ReactorTask<(int, string)> () =>
        {
            var reactor = CoreReactor.Current;
            var polls = new[] { reactor.Poll(counter, events), reactor.Poll(counter, events) };
            await reactor.Delay(TimeSpan.Zero);
            EventDescriptor.Signal(counter);
            // Several turns, so that whatever was woken has been completed.
            for (var i = 0; i < 20; i++) await reactor.Delay(TimeSpan.FromMilliseconds(1));
            var count = polls.Count(poll => poll.IsCompleted);
            EventDescriptor.Signal(counter);
            var all = new List<IoResult>();
            foreach (var poll in polls) all.Add(await poll);
            return (count, string.Join(' ', all));
        });
        Assert.Equal(woken, first);
        Assert.Equal("1 1", results);
        FileCalls.Close(counter);
    }

    [Fact]
    public void What_waits_on_a_descriptor_is_cancelled()
    {
        var counter = EventDescriptor.Create().Value;
        var outcome = fixture.Run(async ReactorTask<string> () =>
        {
            var reactor = CoreReactor.Current;
            var polls = new[] { reactor.Poll(counter, PollEvents.Readable), reactor.Poll(counter, PollEvents.Readable) };
            var cancelled = await reactor.CancelAll(counter);
            return $"{cancelled} {await polls[0]} {await polls[1]}";
        });
        Assert.Equal("2 ECANCELED ECANCELED", outcome);
        FileCalls.Close(counter);
    }

    [Fact]
    public void A_path_without_its_null_is_refused()
    {
        var path = fixture.Memory.Slice(0, 4);
        path.Span.Fill((byte)'a');
        Assert.Throws<ArgumentException>(() => fixture.Run(() => CoreReactor.Current.OpenAt(AtFlags.WorkingDirectory, path, 0, 0)));
    }

    private static async ReactorTask<long> ReadRepeatedly(int fd, NativeSlice into, int rounds)
    {
        var sum = 0L;
        for (var i = 0; i < rounds; i++) sum += (await CoreReactor.Current.Read(fd, into, 0)).Value;
        return sum;
    }
}
