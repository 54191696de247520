using ByteFuse.Reactor;

namespace ByteFuse.Daemon;

/// <summary>What the mounts of a daemon share: reactors, the threads for their blocking calls, the budget of io_uring's entries.</summary>
public sealed class NodeResources : IDisposable
{
    /// <summary>Starts the reactors.</summary>
    /// <param name="options">What was asked of the process.</param>
    /// <param name="keeper">Who started it and holds its mounts; null where nobody does.</param>
    /// <param name="failing">See <see cref="ReactorOptions.Failing"/>.</param>
    public NodeResources(NodeOptions options, KeeperClient? keeper, Action<Exception>? failing = null)
    {
        Keeper = keeper;
        // Before the reactors: their threads inherit it.
        IsIoFlusher = KernelTuning.BecomeIoFlusher();
        Reactors = new ReactorSet(new ReactorOptions
        {
            MaximumReactors = options.Reactors,
            // A ring's entries have one size for ever, and the switch may be turned at any time.
            WideSubmissionEntries = FuseKernel.Read().UringEnabled is not null,
            BusyPoll = options.BusyPoll,
            GiveWay = options.GiveWay,
            Witness = keeper?.Witness,
            Failing = failing,
        });
        UringMemory = new UringBudget(options.UringMemory);
    }

    /// <summary>True where allocations of the process do not wait for its own file systems' write-back.</summary>
    public bool IsIoFlusher { get; }

    /// <summary>Who holds what is to outlive the process; null where nobody does.</summary>
    public KeeperClient? Keeper { get; }

    /// <summary>The reactors.</summary>
    public ReactorSet Reactors { get; }

    /// <summary>Memory for io_uring's entries.</summary>
    public UringBudget UringMemory { get; }

    /// <summary>Stops the reactors; what is in flight is not awaited.</summary>
    public void Dispose()
    {
        Reactors.Dispose();
        Keeper?.Dispose();
    }
}
