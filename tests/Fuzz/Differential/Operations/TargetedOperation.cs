namespace ByteFuse.Fuzz.Differential.Operations;

/// <summary>What an attribute operation works on: a path, or a descriptor slot where there is no path.</summary>
public readonly record struct Target(string? Path, int Slot)
{
    public override string ToString() => Path ?? $"[{Slot}]";
}

/// <summary>An operation that has a form by path and one by descriptor.</summary>
public abstract record TargetedOperation(Target Target) : Operation
{
    public sealed override Outcome Run(Lane lane)
    {
        if (Target.Path is { } path)
            return OnPath(lane, lane.Absolute(path));
        return lane.TryDescriptor(Target.Slot, out var descriptor) ? OnDescriptor(lane, descriptor) : Outcome.Nothing;
    }

    protected abstract Outcome OnPath(Lane lane, string path);

    protected abstract Outcome OnDescriptor(Lane lane, long descriptor);
}
