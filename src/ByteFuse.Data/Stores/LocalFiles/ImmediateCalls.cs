using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// Decides which calls that could block, but seldom do, are made on the reactor itself: writes into the page cache, and making a
/// file. io_uring hands them to a thread of the kernel each time (ext4 takes no buffered write with NOWAIT, and io_openat2 forces
/// O_CREAT), which costs several times the call. So they are made at once as long as there is nothing to wait for:
/// <list type="bullet">
/// <item>there is room for dirty pages: nobody is made to wait for a disk (balance_dirty_pages in mm/page-writeback.c);</item>
/// <item>no such call has lasted long lately (<see cref="PromptCalls"/>): a journal that is full, a slow disk. The others go
/// through the ring then.</item>
/// </list>
/// Where files are pages of memory alone, nothing ever waits. Shared by all reactors.
/// </summary>
internal sealed class ImmediateCalls(bool inMemory, Func<DirtyPages> lookAtDirtyPages)
{
    private const long Millisecond = 1_000_000;

    /// <summary>Nanoseconds after which the kernel is asked again how many pages are dirty.</summary>
    internal const long LookAfter = 100 * Millisecond;

    /// <summary>Nanoseconds for which what it said counts: a disk writes more than it can fall behind in that time.</summary>
    internal const long KnownFor = 1_000 * Millisecond;

    /// <summary>Nanoseconds after which a call has lasted long: more than being off the CPU for a turn explains.</summary>
    internal const long Long = 5 * Millisecond;

    private readonly PromptCalls prompt = new(Long);
    private long room;
    private long lookedAt = long.MinValue / 2;
    private int looking;

    /// <summary>True where files are pages of memory alone.</summary>
    public bool InMemory => inMemory;

    /// <summary>Whether a call that makes so many bytes dirty is to be made at once; if so, <see cref="Took"/> follows it.</summary>
    public bool TryBegin(CoreReactor reactor, int bytes, out long started)
    {
        started = 0;
        if (inMemory) return true;
        started = reactor.Clock.MonotonicNanoseconds;
        var age = started - Volatile.Read(ref lookedAt);
        if (age > LookAfter && Interlocked.Exchange(ref looking, 1) == 0) Look(reactor).Detach();
        return age <= KnownFor && prompt.MayBegin(started) && Interlocked.Add(ref room, -bytes) >= 0;
    }

    /// <summary>A call that was made at once has returned.</summary>
    public void Took(CoreReactor reactor, long started)
    {
        if (!inMemory) prompt.Took(started, reactor.Clock.MonotonicNanoseconds);
    }

    private async ReactorTask<bool> Look(CoreReactor reactor)
    {
        var dirty = await reactor.BlockingCalls.Run<LookCall, DirtyPages>(new LookCall(lookAtDirtyPages));
        // Half of it: others write too, and what is known is up to KnownFor old.
        Volatile.Write(ref room, dirty.Room / 2);
        Volatile.Write(ref lookedAt, reactor.Clock.MonotonicNanoseconds);
        Volatile.Write(ref looking, 0);
        return true;
    }

    private readonly struct LookCall(Func<DirtyPages> look) : IBlockingCall<DirtyPages>
    {
        public DirtyPages Execute() => look();
    }
}
