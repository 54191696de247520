namespace ByteFuse.Fuzz.Differential;

/// <summary>
/// One file-system call with all its arguments fixed beforehand: it never depends on what an earlier one returned, so that any subset
/// of a sequence is a sequence again. That is what lets the shrinker remove operations.
/// </summary>
public abstract record Operation
{
    /// <summary>Position in the sequence as first generated; also the seed of the bytes that a write carries.</summary>
    public int Number { get; init; }

    /// <summary>The lane that issues it.</summary>
    public int Lane { get; init; }

    /// <summary>The round it belongs to: within one, lanes run concurrently, then the shared lane alone.</summary>
    public int Round { get; init; }

    /// <summary>Who issues it.</summary>
    public Identity Identity { get; init; } = Identity.Root;

    /// <summary>True where the sides may differ by right for anybody but root.</summary>
    public virtual bool IsForRoot => false;

    /// <summary>Issues the call on <paramref name="lane"/>'s side and returns what it showed.</summary>
    public abstract Outcome Run(Lane lane);

    /// <summary>The call with its arguments, readable, for the printed sequence.</summary>
    public abstract string Call { get; }

    public sealed override string ToString() => $"#{Number,-5} round {Round,-3} lane {Lane} as {Identity.Name,-6} {Call}";
}
