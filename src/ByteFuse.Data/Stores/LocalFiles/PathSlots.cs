using ByteFuse.Linux;

namespace ByteFuse.Data.Stores.LocalFiles;

/// <summary>Native memory for paths that the kernel reads while an open or an unlink is on its way.</summary>
internal sealed class PathSlots : IDisposable
{
    /// <summary>
    /// Paths in use at once, over all reactors; opening answers EAGAIN beyond. The same as one reactor's default bound of
    /// operations in flight, so only a leak reaches it; 2 MiB of memory then.
    /// </summary>
    public const int MaximumSlots = 65536;

    private const int SlotLength = 32;

    // One page: the usual number of opens at once fits, and more pages come as they are needed.
    private const int SlotsPerBlock = 128;

    private readonly Lock gate = new();
    private readonly List<NativeMemoryBlock> blocks = [];
    private readonly Stack<NativeSlice> free = new();

    /// <summary>Takes a slot of at least <see cref="FolderLayout.PathLength"/> bytes; false at the bound.</summary>
    public bool TryRent(out NativeSlice slot)
    {
        lock (gate)
        {
            if (free.Count == 0 && !TryGrow())
            {
                slot = default;
                return false;
            }
            slot = free.Pop();
            return true;
        }
    }

    /// <summary>Gives a slot back.</summary>
    public void Return(NativeSlice slot)
    {
        lock (gate) free.Push(slot);
    }

    public void Dispose()
    {
        foreach (var block in blocks) block.Dispose();
        blocks.Clear();
        free.Clear();
    }

    private bool TryGrow()
    {
        if (blocks.Count >= MaximumSlots / SlotsPerBlock) return false;
        var block = NativeMemoryBlock.Allocate(SlotsPerBlock * SlotLength);
        blocks.Add(block);
        for (var i = 0; i < SlotsPerBlock; i++) free.Push(block.Part(i * SlotLength, SlotLength));
        return true;
    }
}
