using ByteFuse.Reactor;

namespace ByteFuse.Transports;

/// <summary>Has a queue serve no further, on its reactor: a queue's own work item may be queued there already.</summary>
internal sealed class QueueEnd(Action end) : ReactorWork
{
    public override void Execute() => end();
}
