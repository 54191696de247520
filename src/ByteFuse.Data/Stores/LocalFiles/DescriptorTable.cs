using System.Diagnostics.CodeAnalysis;
using ByteFuse.Linux;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>
/// The files that are open, shared by the reactors: at most a bound of them, the least recently used idle ones evicted first
/// (second chance). Striped; a stripe's lock is held for a few dozen instructions and never over a system call.
/// <para>
/// Opening is optimistic: a reactor that misses opens the file and publishes it. Whoever comes second with the same id uses the
/// first one's and closes its own. A removal counter tells whether an id of the stripe was deleted between the miss and the
/// publication: what was opened then may be a deleted file, and serves the operation that opened it but nobody else.
/// </para>
/// <para>
/// Descriptors that could not be published (that, or a stripe all of whose files are in use) live beside the bound for one
/// operation, so that their number is bounded by the operations in flight.
/// </para>
/// </summary>
internal sealed class DescriptorTable
{
    // Enough that the reactors of a big machine seldom meet in one.
    private const int MaximumStripes = 64;

    // Few files per stripe would evict unevenly: ids fall into stripes at random.
    private const int MinimumStripeCapacity = 32;

    private readonly Stripe[] stripes;

    public DescriptorTable(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var count = MaximumStripes;
        while (count > 1 && bound / count < MinimumStripeCapacity) count /= 2;
        stripes = new Stripe[count];
        for (var i = 0; i < count; i++) stripes[i] = new Stripe(bound / count);
    }

    /// <summary>Takes a reference to the open file of a data id, if it is open.</summary>
    public bool TryAcquire(ulong dataId, [NotNullWhen(true)] out Descriptor? descriptor) => StripeOf(dataId).TryAcquire(dataId, out descriptor);

    /// <summary>The removal counter to hand to <see cref="Publish"/>; read before opening.</summary>
    public uint Removals(ulong dataId) => StripeOf(dataId).Removals;

    /// <summary>
    /// Offers a newly opened file to others, and takes a reference to it or to the one that another has published.
    /// <paramref name="surplus"/> is a descriptor to close, or -1.
    /// </summary>
    public Descriptor Publish(ulong dataId, int fd, uint removals, long nameSequence, out int surplus) =>
        StripeOf(dataId).Publish(dataId, fd, removals, nameSequence, out surplus);

    /// <summary>Takes the open file of a deleted data id out, if it is open; the table's reference goes to the caller.</summary>
    public Descriptor? Remove(ulong dataId) => StripeOf(dataId).Remove(dataId);

    /// <summary>Lets the file of a data id be evicted before others.</summary>
    public void Forget(ulong dataId) => StripeOf(dataId).Forget(dataId);

    /// <summary>Closes everything; nothing is in use any more.</summary>
    public void Close()
    {
        foreach (var stripe in stripes) stripe.Close();
    }

    /// <summary>Counters since the start.</summary>
    public LocalFileStoreStatistics Statistics
    {
        get
        {
            var sum = default(LocalFileStoreStatistics);
            foreach (var stripe in stripes) sum = stripe.AddTo(sum);
            return sum;
        }
    }

    // Fibonacci hashing: consecutive ids go to different stripes.
    private Stripe StripeOf(ulong dataId) => stripes[(int)((dataId * 0x9E3779B97F4A7C15) >> 40) & (stripes.Length - 1)];

    private sealed class Stripe(int capacity)
    {
        private readonly Lock gate = new();
        private readonly Dictionary<ulong, Descriptor> open = new();
        private readonly Descriptor?[] slots = new Descriptor?[capacity];
        private int hand;
        private uint removals;
        private long opens;
        private long hits;
        private long evictions;

        public uint Removals => Volatile.Read(ref removals);

        public bool TryAcquire(ulong dataId, [NotNullWhen(true)] out Descriptor? descriptor)
        {
            lock (gate)
            {
                if (!open.TryGetValue(dataId, out descriptor)) return false;
                hits++;
                descriptor.Hold();
                descriptor.Visited = true;
                return true;
            }
        }

        public Descriptor Publish(ulong dataId, int fd, uint removalsBefore, long nameSequence, out int surplus)
        {
            lock (gate)
            {
                opens++;
                surplus = -1;
                if (open.TryGetValue(dataId, out var first))
                {
                    surplus = fd;
                    first.NameSequence = Math.Max(first.NameSequence, nameSequence);
                    first.Hold();
                    return first;
                }
                var slot = removalsBefore == removals ? FindSlot() : -1;
                if (slot < 0) return new Descriptor(dataId, fd, references: 1) { NameSequence = nameSequence };
                if (slots[slot] is { } victim)
                {
                    open.Remove(victim.DataId);
                    victim.Drop();
                    surplus = victim.Fd;
                    evictions++;
                }
                var descriptor = new Descriptor(dataId, fd, references: 2) { NameSequence = nameSequence, Slot = slot };
                slots[slot] = descriptor;
                open.Add(dataId, descriptor);
                return descriptor;
            }
        }

        public Descriptor? Remove(ulong dataId)
        {
            lock (gate)
            {
                removals++;
                if (!open.Remove(dataId, out var descriptor)) return null;
                slots[descriptor.Slot] = null;
                return descriptor;
            }
        }

        public void Forget(ulong dataId)
        {
            lock (gate)
            {
                if (open.TryGetValue(dataId, out var descriptor)) descriptor.Visited = false;
            }
        }

        public void Close()
        {
            lock (gate)
            {
                // An error of writing back was a sync's to report; a close here has nobody to tell.
                foreach (var descriptor in open.Values) FileCalls.Close(descriptor.Fd);
                open.Clear();
                Array.Clear(slots);
            }
        }

        public LocalFileStoreStatistics AddTo(LocalFileStoreStatistics sum)
        {
            lock (gate)
            {
                return new LocalFileStoreStatistics(sum.Opens + opens, sum.Hits + hits, sum.Evictions + evictions,
                    sum.Listings, sum.OpenFiles + open.Count);
            }
        }

        // Two rounds: the first one takes the second chances away, so the second one finds any file that is idle.
        private int FindSlot()
        {
            for (var step = 0; step < 2 * slots.Length; step++)
            {
                var slot = hand;
                hand = hand + 1 == slots.Length ? 0 : hand + 1;
                if (slots[slot] is not { } descriptor) return slot;
                if (descriptor.Visited) descriptor.Visited = false;
                else if (descriptor.IsIdle) return slot;
            }
            return -1;
        }
    }
}
