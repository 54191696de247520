using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>
/// The threads of a process for blocking calls. They go round those who have calls to make, and none of these has more threads at once
/// than its share, so that one whose disk hangs leaves the others theirs: there are more threads where all of them are busy.
/// </summary>
internal sealed class BlockingThreads : IDisposable
{
    private readonly int maximum;
    private readonly int available;
    private readonly Lock gate = new();
    private readonly List<Thread> threads = [];
    private readonly List<BlockingCalls> shares = [];
    private int next;
    private int busy;
    private int owed;
    private bool stopping;

    /// <param name="threads">To begin with.</param>
    /// <param name="maximum">At most.</param>
    public BlockingThreads(int threads, int maximum)
    {
        this.maximum = maximum;
        var created = EventDescriptor.Create(EventDescriptor.Semaphore);
        if (!created.Succeeded) throw new IOException($"Making an eventfd failed: {created.Error}.");
        available = created.Value;
        lock (gate)
        {
            for (var i = 0; i < threads; i++) Start();
        }
    }

    /// <summary>Threads that there are.</summary>
    public int Count
    {
        get
        {
            lock (gate) return threads.Count;
        }
    }

    /// <summary>Goes round one more.</summary>
    public void Add(BlockingCalls share)
    {
        lock (gate) shares.Add(share);
    }

    /// <summary>Goes round it no more, unless it has calls.</summary>
    public void Remove(BlockingCalls share)
    {
        lock (gate)
        {
            if (share.InFlight == 0) shares.Remove(share);
        }
    }

    /// <summary>There is one more call; from a reactor.</summary>
    public void Signal() => Signal(1);

    /// <summary>Ends the threads after the calls that have been asked for.</summary>
    public void Dispose()
    {
        Thread[] ending;
        lock (gate)
        {
            if (stopping) return;
            stopping = true;
            ending = [.. threads];
        }
        Signal((ulong)ending.Length);
        foreach (var thread in ending) thread.Join();
        FileCalls.Close(available);
    }

    private void Start()
    {
        var thread = new Thread(Serve) { IsBackground = true, Name = $"blocking {threads.Count}" };
        threads.Add(thread);
        thread.Start();
    }

    // One unit of the counter is one call, or the order to stop.
    private void Serve()
    {
        while (true)
        {
            var waited = EventDescriptor.Wait(available);
            if (!waited.Succeeded && waited.Error == Errno.EINTR) continue;
            if (!waited.Succeeded) Environment.FailFast($"Waiting for blocking calls failed: {waited.Error}.");
            if (!TryTake(out var share, out var operation)) return;
            while (operation is not null)
            {
                operation.LeaveQueue();
                operation.Perform();
                share.Done(operation);
                operation = TakeOwed(ref share);
            }
        }
    }

    // False where the thread is to end. No call where those that there are belong to somebody who has all the threads of his share: one
    // of them takes it.
    private bool TryTake(out BlockingCalls share, out BlockingOperation? operation)
    {
        lock (gate)
        {
            operation = Next(out share);
            if (operation is not null) return true;
            owed++;
            return !stopping;
        }
    }

    private BlockingOperation? TakeOwed(ref BlockingCalls share)
    {
        lock (gate)
        {
            share.Running--;
            busy--;
            if (owed == 0 || Next(out share) is not { } operation) return null;
            owed--;
            return operation;
        }
    }

    // Reactors only push into the mailboxes of shares; this lock is among the threads here, so no reactor ever waits for it.
    private BlockingOperation? Next(out BlockingCalls share)
    {
        for (var i = 0; i < shares.Count; i++)
        {
            next = (next + 1) % shares.Count;
            share = shares[next];
            if (share.Take() is not { } operation) continue;
            share.Running++;
            busy++;
            // One that waits, for whoever asks next.
            if (busy == threads.Count && threads.Count < maximum && !stopping) Start();
            return operation;
        }
        share = null!;
        return null;
    }

    private void Signal(ulong count)
    {
        var signalled = EventDescriptor.Signal(available, count);
        if (!signalled.Succeeded) throw new IOException($"Waking a blocking thread failed: {signalled.Error}.");
    }
}
