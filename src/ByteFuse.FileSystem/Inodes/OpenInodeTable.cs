using System.Diagnostics.CodeAnalysis;

namespace ByteFuse.FileSystem;

/// <summary>
/// The regular files that are open, by inode number. Shared by the reactors: the kernel sends requests of one file on
/// any CPU. A stripe's lock is held for a dictionary access and never across I/O. Bounded by the kernel's open files.
/// </summary>
internal sealed class OpenInodeTable
{
    // Far more stripes than reactors, so that two reactors rarely meet on one.
    private const int Stripes = 256;

    private readonly Dictionary<ulong, OpenInode>[] stripes = new Dictionary<ulong, OpenInode>[Stripes];

    public OpenInodeTable()
    {
        for (var i = 0; i < Stripes; i++) stripes[i] = [];
    }

    /// <summary>Number of files that are open.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var stripe in stripes)
            {
                lock (stripe) count += stripe.Count;
            }
            return count;
        }
    }

    /// <summary>Counts an open of a file that is open already and refreshes what is known; null where it is not.</summary>
    public OpenInode? OpenAgain(in Node node)
    {
        var stripe = Stripe(node.Inode);
        lock (stripe) return stripe.TryGetValue(node.Inode, out var open) ? CountOpen(open, node) : null;
    }

    /// <summary>
    /// Counts an open and refreshes what is known. The first one settles the backing file for all that come before its end: the
    /// caller has to look which it is.
    /// </summary>
    public OpenInode Open(in Node node, int backingId = 0, ulong createdIn = 0)
    {
        var stripe = Stripe(node.Inode);
        lock (stripe)
        {
            if (!stripe.TryGetValue(node.Inode, out var open))
            {
                open = new OpenInode { Inode = node.Inode, DataId = node.Record.DataId, BackingId = backingId, CreatedIn = createdIn };
                stripe.Add(node.Inode, open);
            }
            return CountOpen(open, node);
        }
    }

    /// <summary>Counts an open that an earlier daemon answered; what its record says is read when it is needed.</summary>
    public void TakeOver(in KeptOpen kept)
    {
        var stripe = Stripe(kept.Inode);
        lock (stripe)
        {
            if (!stripe.TryGetValue(kept.Inode, out var open))
            {
                open = new OpenInode { Inode = kept.Inode, DataId = kept.DataId, BackingId = kept.BackingId };
                stripe.Add(kept.Inode, open);
            }
            open.Opens++;
        }
    }

    /// <summary>
    /// Remembers a file that an earlier daemon opened: where nobody knows how often, no open is counted. It goes with the FORGET, as the
    /// kernel keeps an inode while it is open, or with the last open that comes until then, and is made anew when it is used again.
    /// </summary>
    public OpenInode Inherit(in Node node)
    {
        var stripe = Stripe(node.Inode);
        lock (stripe)
        {
            if (!stripe.TryGetValue(node.Inode, out var open))
            {
                open = new OpenInode { Inode = node.Inode, DataId = node.Record.DataId };
                stripe.Add(node.Inode, open);
            }
            if (!open.IsKnown) open.Refresh(node);
            return open;
        }
    }

    /// <summary>The kernel has dropped the inode: no open of an earlier daemon is left.</summary>
    public void DropInherited(ulong inode)
    {
        var stripe = Stripe(inode);
        lock (stripe)
        {
            if (stripe.TryGetValue(inode, out var open) && open.Opens == 0) stripe.Remove(inode);
        }
    }

    /// <summary>Finds an open file.</summary>
    public bool TryGet(ulong inode, [MaybeNullWhen(false)] out OpenInode open)
    {
        var stripe = Stripe(inode);
        lock (stripe) return stripe.TryGetValue(inode, out open);
    }

    /// <summary>Counts a release; true where it was the last.</summary>
    public bool Close(ulong inode, [MaybeNullWhen(false)] out OpenInode closed)
    {
        var stripe = Stripe(inode);
        lock (stripe)
        {
            if (!stripe.TryGetValue(inode, out closed) || --closed.Opens > 0) return false;
            stripe.Remove(inode);
            return true;
        }
    }

    /// <summary>True where the file is open.</summary>
    public bool IsOpen(ulong inode) => TryGet(inode, out _);

    private static OpenInode CountOpen(OpenInode open, in Node node)
    {
        open.Opens++;
        open.Refresh(node);
        return open;
    }

    private Dictionary<ulong, OpenInode> Stripe(ulong inode) => stripes[inode % Stripes];
}
