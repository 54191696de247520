namespace ByteFuse.Reactor;

/// <summary>Passes a reactor behind everything that this was running when it was posted; one that has failed lets it pass, too.</summary>
internal sealed class TurnMark : ReactorWork
{
    // Left to the collector: disposing of it could overtake the end of Set on the reactor.
    private readonly ManualResetEventSlim passed = new();

    public override void Execute() => passed.Set();

    public void Wait() => passed.Wait();
}
