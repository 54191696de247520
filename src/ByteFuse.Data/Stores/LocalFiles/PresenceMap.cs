namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>What is known of the bytes of a data id without asking the file system below.</summary>
internal enum Presence
{
    Unknown,
    Absent,
    Present,
}

/// <summary>
/// Which data ids have a file, for whole groups of 64 neighbours: a million empty files are told apart by 16,384 folder
/// listings and a word of memory each, instead of a million opens that fail.
/// <para>
/// It is never stale: this store is the only one that makes and removes its files (it holds a lock on the directory), and says
/// so here before it answers whoever asked for it. A listing that a change of the stripe crossed is not kept: a counter tells.
/// </para>
/// Sizes and times are not kept: a file may be open for FUSE passthrough, whose writes never come by here.
/// </summary>
internal sealed class PresenceMap
{
    /// <summary>Groups known at once: 4 million ids in about 3 MiB; the longest known are forgotten beyond.</summary>
    public const int MaximumGroups = Stripes * GroupsPerStripe;

    private const int Stripes = 64;
    private const int GroupsPerStripe = 1024;

    private readonly Stripe[] stripes = new Stripe[Stripes];

    public PresenceMap()
    {
        for (var i = 0; i < Stripes; i++) stripes[i] = new Stripe();
    }

    /// <summary>What is known of a data id.</summary>
    public Presence Find(ulong dataId) => StripeOf(dataId).Find(FolderLayout.Group(dataId), FolderLayout.GroupBit(dataId));

    /// <summary>The change counter to hand to <see cref="Learn"/>; read before listing.</summary>
    public uint Changes(ulong dataId) => StripeOf(dataId).Changes;

    /// <summary>Keeps what a listing said of the id's group, unless something changed meanwhile.</summary>
    public void Learn(ulong dataId, ulong presentBits, uint changes) =>
        StripeOf(dataId).Learn(FolderLayout.Group(dataId), presentBits, changes);

    /// <summary>The file has been made.</summary>
    public void SetPresent(ulong dataId) => StripeOf(dataId).Set(FolderLayout.Group(dataId), FolderLayout.GroupBit(dataId), true);

    /// <summary>The file has been removed.</summary>
    public void SetAbsent(ulong dataId) => StripeOf(dataId).Set(FolderLayout.Group(dataId), FolderLayout.GroupBit(dataId), false);

    private Stripe StripeOf(ulong dataId) =>
        stripes[(int)((FolderLayout.Group(dataId) * 0x9E3779B97F4A7C15) >> 40) & (Stripes - 1)];

    private sealed class Stripe
    {
        private readonly Lock gate = new();
        private readonly Dictionary<ulong, ulong> known = new();
        private readonly ulong[] arrivals = new ulong[GroupsPerStripe];
        private int oldest;
        private uint changes;

        public uint Changes => Volatile.Read(ref changes);

        public Presence Find(ulong group, ulong bit)
        {
            lock (gate)
            {
                if (!known.TryGetValue(group, out var bits)) return Presence.Unknown;
                return (bits & bit) != 0 ? Presence.Present : Presence.Absent;
            }
        }

        public void Learn(ulong group, ulong bits, uint changesBefore)
        {
            lock (gate)
            {
                if (changesBefore != changes || known.ContainsKey(group)) return;
                if (known.Count == GroupsPerStripe)
                {
                    known.Remove(arrivals[oldest]);
                    arrivals[oldest] = group;
                    oldest = (oldest + 1) % GroupsPerStripe;
                }
                else
                {
                    arrivals[known.Count] = group;
                }
                known.Add(group, bits);
            }
        }

        public void Set(ulong group, ulong bit, bool present)
        {
            lock (gate)
            {
                changes++;
                if (!known.TryGetValue(group, out var bits)) return;
                known[group] = present ? bits | bit : bits & ~bit;
            }
        }
    }
}
