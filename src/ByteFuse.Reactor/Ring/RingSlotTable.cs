namespace ByteFuse.Reactor;

/// <summary>
/// Gives each waiting object a small number to put into a submission's user data, in place of a GC handle per operation.
/// </summary>
internal sealed class RingSlotTable
{
    private readonly int limit;
    private RingSlot?[] slots = new RingSlot?[256];
    private int[] freeIndexes = new int[256];
    private int freeCount;
    private int used;

    public RingSlotTable(int limit) => this.limit = limit;

    /// <summary>Objects that have a number.</summary>
    public int Count => used - freeCount;

    /// <summary>False at the limit.</summary>
    public bool TryAdd(RingSlot slot)
    {
        int index;
        if (freeCount > 0)
        {
            index = freeIndexes[--freeCount];
        }
        else
        {
            if (used == limit) return false;
            if (used == slots.Length)
            {
                Array.Resize(ref slots, used * 2);
                Array.Resize(ref freeIndexes, used * 2);
            }
            index = used++;
        }
        slots[index] = slot;
        slot.SlotIndex = index;
        return true;
    }

    public void Remove(RingSlot slot)
    {
        slots[slot.SlotIndex] = null;
        freeIndexes[freeCount++] = slot.SlotIndex;
    }

    public RingSlot Find(ulong userData)
    {
        var slot = userData < (ulong)used ? slots[(int)userData] : null;
        return slot ?? throw new InvalidOperationException($"A ring completion names slot {userData}, which is not in use.");
    }
}
