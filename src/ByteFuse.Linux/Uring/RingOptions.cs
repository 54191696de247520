namespace ByteFuse.Linux;

/// <summary>How to set a ring up.</summary>
public readonly record struct RingOptions
{
    /// <summary>Submission entries, a power of 2 (the kernel rounds up).</summary>
    public required uint SubmissionEntries { get; init; }

    /// <summary>Completion entries, a power of 2 and no fewer; more completions than that wait inside the kernel (NODROP).</summary>
    public required uint CompletionEntries { get; init; }

    /// <summary>128-byte submission entries (IORING_SETUP_SQE128), as FUSE-over-io_uring needs.</summary>
    public bool WideEntries { get; init; }
}
