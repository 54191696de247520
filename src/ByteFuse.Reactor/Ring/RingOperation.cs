using ByteFuse.Linux;

namespace ByteFuse.Reactor;

/// <summary>One operation in flight on the ring; it keeps its slot number for life and is recycled by its reactor.</summary>
internal sealed class RingOperation : RingSlot, IReactorTaskSource<IoResult>
{
    private readonly CoreReactor reactor;
    private TaskSourceCore<IoResult> core;

    public RingOperation(CoreReactor reactor) => this.reactor = reactor;

    public RingOperation? NextFree { get; set; }

    public ReactorTask<IoResult> Task => new(this, core.Token);

    public override void Complete(int result, uint flags) => core.SetResult(IoResult.FromRaw(result));

    public bool IsCompleted(short token) => core.IsCompleted(token);

    public void OnCompleted(Action continuation, short token) => core.OnCompleted(continuation, token);

    public IoResult GetResult(short token)
    {
        var result = core.TakeResult(token);
        reactor.Recycle(this);
        return result;
    }
}
