using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>Whether the kernel reads and writes the files of a mount by itself, and why.</summary>
/// <param name="Used">True where it does.</param>
/// <param name="Why">One line for people.</param>
/// <param name="Advice">How to have it; null where it is so.</param>
public sealed record PassthroughOutcome(bool Used, string Why, string? Advice)
{
    /// <summary>The first Linux that has it.</summary>
    public static readonly Version FirstKernel = new(6, 9);

    /// <summary>What became of what was asked for; a <see cref="Refusal"/> where it was to be had in any case.</summary>
    /// <param name="asked">passthrough=.</param>
    /// <param name="refusal">Why the kernel does not, as <c>FuseMount.PassthroughRefusal</c> has it.</param>
    public static PassthroughOutcome Of(PassthroughOption asked, Errno refusal)
    {
        if (asked == PassthroughOption.Off) return new(false, "asked for by -o passthrough=off", "mount without passthrough=off");
        if (refusal == Errno.None)
            return new(true, asked == PassthroughOption.On ? "asked for by -o passthrough=on" : "the kernel takes the files of the volume", null);
        var (why, advice) = Explain(refusal);
        return asked == PassthroughOption.Auto ? new(false, why, advice) : throw new Refusal(ExitCode.Failure, $"passthrough=on is not possible: {why}; {advice}");
    }

    private static (string Why, string Advice) Explain(Errno refusal) => refusal switch
    {
        Errno.EOPNOTSUPP => ("this kernel has no FUSE passthrough", $"Linux {FirstKernel} or later, built with CONFIG_FUSE_PASSTHROUGH, has it"),
        Errno.EPERM => ("the daemon lacks CAP_SYS_ADMIN", "run it with CAP_SYS_ADMIN outside of user namespaces"),
        Errno.ELOOP => ("the volume lies on a stacked file system", "put it on one that is not stacked on another (overlayfs, FUSE with passthrough)"),
        _ => ($"the kernel did not take a file of the volume: {refusal.Describe()}", "put the volume on ext4, xfs, btrfs or tmpfs"),
    };
}
