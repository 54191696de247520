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

    public void CountEngineRead() => Interlocked.Increment(ref Mine.EngineReads);

    public void CountScan() => Interlocked.Increment(ref Mine.Scans);

    public void CountBlocking() => Interlocked.Increment(ref Mine.Blocking);

    /// <summary>The sums.</summary>
    public RocksDbStatistics Sum()
    {
        long gets = 0, engineReads = 0, scans = 0, blocking = 0;
        for (var i = 0; i < Sets; i++)
        {
            gets += Volatile.Read(ref sets[i].Gets);
            engineReads += Volatile.Read(ref sets[i].EngineReads);
            scans += Volatile.Read(ref sets[i].Scans);
            blocking += Volatile.Read(ref sets[i].Blocking);
        }
        return new RocksDbStatistics { Gets = gets, EngineReads = engineReads, Scans = scans, BlockingReads = blocking };
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

        [FieldOffset(24)]
        public long EngineReads;
    }
}
