using System.Runtime.InteropServices;
using ByteFuse.Reactor;

namespace ByteFuse.Metadata.RocksDb;

/// <summary>Counters of reads, one set per reactor, apart by cache lines: reads of several cores must not meet in one word.</summary>
internal sealed class ReadCounters
{
    // A power of two; reactors beyond it share a set, hence the interlocked additions.
    private const int Sets = 16;

    private readonly Set[] sets = new Set[Sets];

    public void CountGet() => Interlocked.Increment(ref Mine.Gets);

    public void CountScan() => Interlocked.Increment(ref Mine.Scans);

    public void CountBlocking() => Interlocked.Increment(ref Mine.Blocking);

    /// <summary>The sums.</summary>
    public (long Gets, long Scans, long Blocking) Sum()
    {
        long gets = 0, scans = 0, blocking = 0;
        for (var i = 0; i < Sets; i++)
        {
            gets += Volatile.Read(ref sets[i].Gets);
            scans += Volatile.Read(ref sets[i].Scans);
            blocking += Volatile.Read(ref sets[i].Blocking);
        }
        return (gets, scans, blocking);
    }

    private ref Set Mine => ref sets[(CoreReactor.CurrentOrNull?.Index ?? 0) & (Sets - 1)];

    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Set
    {
        [FieldOffset(0)]
        public long Gets;

        [FieldOffset(8)]
        public long Scans;

        [FieldOffset(16)]
        public long Blocking;
    }
}
