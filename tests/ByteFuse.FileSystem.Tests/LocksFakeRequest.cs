using System.Collections.Concurrent;
using ByteFuse.Linux;
using ByteFuse.Protocol;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem.Tests;

/// <summary>A SETLKW in a slot that only counts what becomes of it.</summary>
internal sealed class LocksFakeRequest : Request
{
    private readonly ConcurrentQueue<LocksFakeRequest> answers;
    private int parks;
    private int completions;

    public LocksFakeRequest(CoreReactor reactor, ulong unique, ConcurrentQueue<LocksFakeRequest> answers)
    {
        Reactor = reactor;
        this.answers = answers;
        Header.Unique = unique;
        Header.Opcode = Opcode.SetLockWait;
    }

    public int Parks => Volatile.Read(ref parks);

    public int Completions => Volatile.Read(ref completions);

    public Errno Outcome { get; private set; }

    public bool CompletedOnItsReactor { get; private set; }

    public override CoreReactor Reactor { get; }

    public override uint Slot => 0;

    public override ReadOnlySpan<byte> Arguments => default;

    public override NativeSlice Payload => default;

    public override NativeSlice Body => default;

    protected internal override void Complete(Errno error, int bodyLength) => throw new InvalidOperationException("The dispatcher answers.");

    protected internal override void CompleteSilently() => throw new InvalidOperationException("The dispatcher answers.");

    protected internal override ParkedRequest Park()
    {
        Interlocked.Increment(ref parks);
        return new Parked(this) { Unique = Header.Unique, Reactor = Reactor };
    }

    private sealed class Parked(LocksFakeRequest request) : ParkedRequest
    {
        protected internal override void Complete(Errno error)
        {
            request.Outcome = error;
            request.CompletedOnItsReactor = CoreReactor.CurrentOrNull == Reactor;
            Interlocked.Increment(ref request.completions);
            request.answers.Enqueue(request);
        }
    }
}
