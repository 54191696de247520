using ByteFuse.Linux;
using ByteFuse.Reactor;

namespace ByteFuse.FileSystem;

/// <summary>A request that waits for a lock: what is left of it once its slot serves others.</summary>
public abstract class ParkedRequest
{
    /// <summary>The kernel's number of the request, by which INTERRUPT names it.</summary>
    public required ulong Unique { get; init; }

    /// <summary>The reactor that read it, which also answers it.</summary>
    public required CoreReactor Reactor { get; init; }

    /// <summary>Answers with no body; on <see cref="Reactor"/>, once.</summary>
    protected internal abstract void Complete(Errno error);
}
