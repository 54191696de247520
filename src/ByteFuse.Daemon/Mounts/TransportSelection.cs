using ByteFuse.Linux;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>Which transport a mount is to have, and why.</summary>
/// <param name="Plan">The queues of io_uring, or null for the classic transport.</param>
/// <param name="Why">One line for people.</param>
/// <param name="Advice">How to get the better one; null where it is the one.</param>
public sealed record TransportSelection(UringPlan? Plan, string Why, string? Advice)
{
    private const string Enable = $"echo 1 > {FuseKernel.UringSwitch}, then mount again";

    /// <summary>What a mount that was taken over from a daemon that died has.</summary>
    public static TransportSelection TakenOver(UringPlan? plan) => new(plan, "taken over from a daemon that died", null);

    /// <summary>
    /// Chooses; a <see cref="Refusal"/> where io_uring was asked for and cannot be. What only the kernel's answers to INIT
    /// and REGISTER tell comes later.
    /// </summary>
    /// <param name="asked">transport=.</param>
    /// <param name="kernel">What the kernel has.</param>
    /// <param name="possibleProcessors">The CPUs that the kernel wants a queue for.</param>
    /// <param name="memory">uring_memory=.</param>
    /// <param name="maxWrite">max_write=, in bytes.</param>
    /// <param name="isShare">True where the memory is less than what uring_memory= says: what other mounts of the daemon left.</param>
    public static TransportSelection Choose(TransportOption asked, FuseKernel kernel, int possibleProcessors, long memory, uint maxWrite, bool isShare = false)
    {
        if (asked == TransportOption.Classic)
            return new TransportSelection(null, "asked for by -o transport=classic", "mount without transport=classic");
        var plan = UringPlan.Divide(possibleProcessors, memory, maxWrite);
        var selection = Obstacle(kernel, possibleProcessors, memory, plan, isShare) is { } obstacle
            ? obstacle
            : new TransportSelection(plan, asked == TransportOption.Uring ? "asked for by -o transport=uring" : "the kernel has FUSE over io_uring enabled", null);
        selection.RequireWhatWasAsked(asked);
        return selection;
    }

    /// <summary>A <see cref="Refusal"/> where io_uring was asked for and is not what was chosen.</summary>
    public void RequireWhatWasAsked(TransportOption asked)
    {
        if (asked == TransportOption.Uring && Plan is null)
            throw new Refusal(ExitCode.Failure, $"transport=uring is not possible: {Why}; {Advice}");
    }

    /// <summary>What became of it when the kernel refused an entry or did not agree to it in INIT.</summary>
    public static TransportSelection Refused(Errno error) => error == Errno.EOPNOTSUPP
        ? new TransportSelection(null, "the kernel did not offer FUSE over io_uring when it was asked", Enable)
        : new TransportSelection(null, $"the kernel refused to register an entry: {error.Describe()}", "look at the kernel's log and at RLIMIT_MEMLOCK");

    /// <summary>What became of it when there was no memory for the entries.</summary>
    public static TransportSelection NoMemory(Errno error) =>
        new(null, $"the memory of the entries could not be mapped: {error.Describe()}", "give a smaller uring_memory=");

    private static TransportSelection? Obstacle(FuseKernel kernel, int possibleProcessors, long memory, UringPlan? plan, bool isShare)
    {
        if (kernel.UringEnabled is null)
            return new TransportSelection(null, "this kernel has no FUSE over io_uring", "Linux 6.14 or later, built with CONFIG_FUSE_IO_URING, has it");
        if (kernel.UringEnabled == false)
            return new TransportSelection(null, "FUSE over io_uring is switched off in this kernel", Enable);
        // Its check of a cancelled entry dereferences a null pointer (fuse_uring_request_expired, Linux 6.18).
        if (kernel.HasRequestTimeout)
            return new TransportSelection(null, "a request timeout is set, which can crash the kernel with io_uring", $"echo 0 > {FuseKernel.DefaultTimeoutFile} and {FuseKernel.MaxTimeoutFile}, then mount again");
        if (plan is null && isShare)
            return new TransportSelection(null, "the other mounts of the daemon have the memory for io_uring's entries", "start the daemon with a larger --uring-memory, or unmount some");
        if (plan is null)
            return new TransportSelection(null, $"{memory >> 20} MiB are too little for a queue for each of {possibleProcessors} possible CPUs", "give a larger uring_memory=");
        return null;
    }
}
