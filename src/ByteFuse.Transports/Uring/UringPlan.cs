namespace ByteFuse.Transports.Uring;

/// <summary>How a mount's budget of memory is divided.</summary>
/// <param name="Queues">One for every possible CPU: the kernel serves nobody before each has an entry.</param>
/// <param name="Depth">Entries of each queue.</param>
/// <param name="PayloadLength">Bytes of each entry's payload, which bounds every request: whole pages.</param>
public readonly record struct UringPlan(int Queues, int Depth, int PayloadLength)
{
    /// <summary>
    /// Divides a budget. Large requests matter less than having several: payloads shrink until
    /// <see cref="UringLimits.PreferredDepth"/> entries fit, then queues do. Null where not even the smallest fit.
    /// </summary>
    /// <param name="possibleProcessors">As <see cref="Linux.Processors.PossibleCount"/> says.</param>
    /// <param name="memory">Bytes for payloads.</param>
    /// <param name="maxWrite">Bytes of data in the largest request that is wanted.</param>
    public static UringPlan? Divide(int possibleProcessors, long memory, uint maxWrite)
    {
        if (possibleProcessors <= 0) return null;
        var page = Environment.SystemPageSize;
        var perQueue = memory / possibleProcessors;
        var payload = Math.Max(UringLimits.MinimumPayload, (maxWrite + page - 1) / page * page);
        while (payload > UringLimits.MinimumPayload && perQueue / payload < UringLimits.PreferredDepth)
            payload = Math.Max(UringLimits.MinimumPayload, payload / 2 / page * page);
        var depth = Math.Min(perQueue / payload, UringLimits.MaximumDepth);
        return depth < UringLimits.MinimumDepth ? null : new UringPlan(possibleProcessors, (int)depth, (int)payload);
    }
}
