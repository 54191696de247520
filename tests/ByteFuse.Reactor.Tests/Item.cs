namespace ByteFuse.Reactor.Tests;

/// <summary>Work made of a delegate.</summary>
internal sealed class Item(Action action) : ReactorWork
{
    public override void Execute() => action();
}
