using ByteFuse.Daemon;
using ByteFuse.Linux;

namespace ByteFuse.Cli;

/// <summary>What the kernel keeps in memory of the machine's file systems.</summary>
internal static class KernelCaches
{
    private const string DropFile = "/proc/sys/vm/drop_caches";

    /// <summary>
    /// Writes back what is dirty and forgets pages, dentries and inodes, of all file systems. A <see cref="Refusal"/> where it
    /// may not.
    /// </summary>
    public static void Drop()
    {
        var file = FileCalls.Open(DropFile, OpenFlags.WriteOnly);
        if (!file.Succeeded) throw Refused(file.Error);
        // Dirty pages are not dropped.
        FileCalls.SyncEverything();
        var dropped = FileCalls.Write(file.Value, "3"u8);
        FileCalls.Close(file.Value);
        if (!dropped.Succeeded) throw Refused(dropped.Error);
    }

    private static Refusal Refused(Errno error) =>
        new(ExitCode.Failure, $"caches cannot be dropped, which only root may: {DropFile}: {error.Describe()}");
}
