namespace ByteFuse.Reactor;

/// <summary>Something to serve that may have to wait for a later turn; itself the node of the list that it waits in.</summary>
public interface ITurnItem
{
    /// <summary>The list's.</summary>
    ITurnItem? NextInTurn { get; set; }

    /// <summary>What serving it costs, at least 1.</summary>
    int Cost { get; }

    /// <summary>Serves it; on the reactor.</summary>
    void Serve();
}
