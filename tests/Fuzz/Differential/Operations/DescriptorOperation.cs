namespace ByteFuse.Fuzz.Differential.Operations;

/// <summary>An operation on an open descriptor only.</summary>
public abstract record DescriptorOperation(int Slot) : Operation
{
    public sealed override Outcome Run(Lane lane) => lane.TryDescriptor(Slot, out var descriptor) ? On(lane, descriptor) : Outcome.Nothing;

    protected abstract Outcome On(Lane lane, long descriptor);

    /// <summary>A read's length with a digest of its bytes.</summary>
    protected static Outcome ShowBytes(ReadOnlySpan<byte> buffer, long length) =>
        new(length, length > 0 ? ContentDigest.Of(buffer[..(int)length]) : "");
}
