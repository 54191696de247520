namespace ByteFuse.Reactor;

/// <summary>Receives the completions of submissions that carry its number as user data.</summary>
public abstract class RingSlot
{
    internal int SlotIndex { get; set; }

    /// <summary>A completion with the kernel's raw result and IORING_CQE_F_* flags; runs on the reactor.</summary>
    public abstract void Complete(int result, uint flags);

    /// <summary>A completion on a reactor that has failed and runs nothing any more; see <see cref="ReactorOptions.Failing"/>.</summary>
    public virtual void Arrive()
    {
    }
}
