namespace ByteFuse.Metadata;

/// <summary>What a precondition asks of a key.</summary>
public enum PreconditionKind : byte
{
    Absent,
    Exists,
    Version,
    PrefixEmpty,
}

/// <summary>What a mutation does to a key.</summary>
public enum MutationKind : byte
{
    Put,
    Delete,
    Add,
    Max,
}

/// <summary>One precondition of a commit, as an engine sees it.</summary>
public readonly ref struct PreconditionView(PreconditionKind kind, ReadOnlySpan<byte> key, ulong version)
{
    /// <summary>What is asked.</summary>
    public PreconditionKind Kind { get; } = kind;

    /// <summary>The key, or the prefix.</summary>
    public ReadOnlySpan<byte> Key { get; } = key;

    /// <summary>The version for <see cref="PreconditionKind.Version"/>.</summary>
    public ulong Version { get; } = version;
}

/// <summary>One mutation of a commit, as an engine sees it.</summary>
public readonly ref struct MutationView(MutationKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int field, long operand)
{
    /// <summary>What is done.</summary>
    public MutationKind Kind { get; } = kind;

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key { get; } = key;

    /// <summary>The value of a put.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>The counter field of an add or max.</summary>
    public int Field { get; } = field;

    /// <summary>What is added, or the least value.</summary>
    public long Operand { get; } = operand;
}

/// <summary>How a commit ended.</summary>
public readonly record struct CommitOutcome
{
    private CommitOutcome(ByteFuse.Linux.Errno error, int failedPrecondition)
    {
        Error = error;
        FailedPrecondition = failedPrecondition;
    }

    /// <summary>Why the engine could not commit (EIO, ENOSPC...); None where it did or where a precondition failed.</summary>
    public ByteFuse.Linux.Errno Error { get; }

    /// <summary>The index of a precondition that did not hold, or -1.</summary>
    public int FailedPrecondition { get; }

    /// <summary>True where every mutation was applied.</summary>
    public bool Committed => Error == ByteFuse.Linux.Errno.None && FailedPrecondition < 0;

    /// <summary>All mutations were applied.</summary>
    public static CommitOutcome Success => new(ByteFuse.Linux.Errno.None, -1);

    /// <summary>Nothing was applied: a precondition did not hold.</summary>
    public static CommitOutcome Conflict(int failedPrecondition) => new(ByteFuse.Linux.Errno.None, failedPrecondition);

    /// <summary>Nothing was applied: the engine failed.</summary>
    public static CommitOutcome Failure(ByteFuse.Linux.Errno error) => new(error, -1);
}
