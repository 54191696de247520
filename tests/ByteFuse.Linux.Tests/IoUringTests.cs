namespace ByteFuse.Linux.Tests;

public sealed class IoUringTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Completions_carry_the_user_data_of_their_submissions(bool wide)
    {
        using var ring = Create(4, 8, wide);
        Assert.True(ring.Enable().Succeeded);
        for (var i = 0u; i < 4; i++)
        {
            Assert.True(ring.TryPrepare(out var entry));
            Assert.Equal(wide ? 80 : 16, entry.Command.Length);
            entry.Opcode = RingOpcode.Nop;
            entry.UserData = i + 100;
        }
        Assert.False(ring.TryPrepare(out _));
        Assert.Equal(4u, ring.Pending);
        Assert.Equal(4, ring.Submit(4).Value);
        Assert.Equal(0u, ring.Pending);
        for (var i = 0u; i < 4; i++)
        {
            Assert.True(ring.TryTake(out var completion));
            Assert.Equal((i + 100, 0), (completion.UserData, completion.Result));
        }
        Assert.False(ring.TryTake(out _));
    }

    [Fact]
    public void Completions_that_do_not_fit_are_kept()
    {
        using var ring = Create(4, 4);
        Assert.True(ring.Enable().Succeeded);
        for (var i = 0u; i < 32; i++)
        {
            Assert.True(ring.TryPrepare(out var entry));
            entry.Opcode = RingOpcode.Nop;
            entry.UserData = i;
            if (ring.Pending == 4) Assert.Equal(4, ring.Submit(0).Value);
        }
        Assert.True(ring.NeedsSubmit);
        var seen = new SortedSet<ulong>();
        while (seen.Count < 32)
        {
            var before = seen.Count;
            while (ring.TryTake(out var completion)) seen.Add(completion.UserData);
            Assert.True(ring.Submit(0).Succeeded);
            Assert.True(seen.Count > before || ring.HasCompletions, $"{32 - seen.Count} completions were lost");
        }
        Assert.Equal(31ul, seen.Max);
        Assert.False(ring.NeedsSubmit);
    }

    [Fact]
    public void A_wait_ends_at_its_timeout()
    {
        using var ring = Create(4, 4);
        Assert.Equal(Errno.EBADFD, ring.Submit(0).Error);
        Assert.True(ring.Enable().Succeeded);
        Assert.Equal(Errno.ETIME, ring.Submit(1, 1_000_000).Error);
        Assert.Equal(Errno.ETIME, ring.Submit(1, 0).Error);
    }

    [Fact]
    public void Only_the_thread_that_enabled_it_submits()
    {
        using var ring = Create(4, 4);
        Assert.True(ring.Enable().Succeeded);
        var error = Errno.None;
        var thread = new Thread(() => error = ring.Submit(0).Error);
        thread.Start();
        thread.Join();
        Assert.Equal(Errno.EEXIST, error);
    }

    [Fact]
    public void Operations_are_probed()
    {
        using var ring = Create(4, 4);
        Assert.True(ring.Supports(RingOpcode.Read));
        Assert.True(ring.Supports(RingOpcode.UnlinkAt));
        Assert.False(ring.Supports((RingOpcode)255));
    }

    [Fact]
    public void Impossible_sizes_are_an_error()
    {
        var options = new RingOptions { SubmissionEntries = 0, CompletionEntries = 4 };
        Assert.Equal(Errno.EINVAL, IoUring.TryCreate(options, out var ring));
        Assert.Null(ring);
    }

    [Fact]
    public void Registered_files_are_named_by_index()
    {
        using var ring = Create(4, 4);
        Assert.True(ring.Enable().Succeeded);
        Assert.Equal(Errno.None, FileCalls.CreatePipe(out var readEnd, out var writeEnd));
        Assert.True(ring.RegisterFiles([writeEnd]).Succeeded);
        FileCalls.Close(writeEnd);
        using var memory = NativeMemoryBlock.Allocate(1);
        Assert.True(ring.TryPrepare(out var entry));
        entry.Opcode = RingOpcode.Write;
        entry.Flags = 1;
        entry.Descriptor = 0;
        entry.Buffer = memory.Slice;
        entry.Offset = ulong.MaxValue;
        Assert.True(ring.Submit(1).Succeeded);
        Assert.True(ring.TryTake(out var completion));
        Assert.Equal(1, completion.Result);
        Assert.Equal(1, FileCalls.Read(readEnd, new byte[2]).Value);
        FileCalls.Close(readEnd);
    }

    private static IoUring Create(uint submissions, uint completions, bool wide = false)
    {
        var options = new RingOptions { SubmissionEntries = submissions, CompletionEntries = completions, WideEntries = wide };
        Assert.Equal(Errno.None, IoUring.TryCreate(options, out var ring));
        return ring!;
    }
}
