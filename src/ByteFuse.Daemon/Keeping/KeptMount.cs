using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>A mount that is kept: its record and its descriptors, which it owns until they are taken.</summary>
public sealed class KeptMount : IDisposable
{
    private readonly int[] descriptors;

    /// <param name="record">What it is.</param>
    /// <param name="descriptors">One for each of the record's, in their order; given away.</param>
    public KeptMount(KeptMountRecord record, int[] descriptors)
    {
        if (record.Descriptors.Count != descriptors.Length) throw new ArgumentException("There is not one descriptor for each name.", nameof(descriptors));
        Record = record;
        this.descriptors = descriptors;
    }

    /// <summary>What it is.</summary>
    public KeptMountRecord Record { get; }

    /// <summary>All descriptors, in the record's order; -1 for those that were taken.</summary>
    public IReadOnlyList<int> Descriptors => descriptors;

    /// <summary>Takes those of a kind: they are the caller's from now on.</summary>
    public int[] Take(string kind)
    {
        var taken = new List<int>();
        for (var i = 0; i < descriptors.Length; i++)
        {
            if (Record.Descriptors[i] != kind || descriptors[i] < 0) continue;
            taken.Add(descriptors[i]);
            descriptors[i] = -1;
        }
        return [.. taken];
    }

    /// <summary>Closes what was not taken.</summary>
    public void Dispose()
    {
        for (var i = 0; i < descriptors.Length; i++)
        {
            if (descriptors[i] >= 0) FileCalls.Close(descriptors[i]);
            descriptors[i] = -1;
        }
    }
}
