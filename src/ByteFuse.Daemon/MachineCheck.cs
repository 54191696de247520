using System.Globalization;
using ByteFuse.Linux;
using ByteFuse.Metadata.RocksDb;
using ByteFuse.Transports.Uring;

namespace ByteFuse.Daemon;

/// <summary>Something about the machine that matters to mounts.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Finding">What is so.</param>
/// <param name="Advice">What to change; null where nothing is to be.</param>
public sealed record MachineCheck(string Name, string Finding, string? Advice)
{
    /// <summary>Looks at everything; changes nothing.</summary>
    public static IReadOnlyList<MachineCheck> All()
    {
        var kernel = FuseKernel.Read();
        return [Kernel(), Device(), Transport(kernel), Passthrough(), MaxPages(kernel), Engine(), HugePages(), LockedMemory()];
    }

    private static MachineCheck Kernel() =>
        new("kernel", Environment.OSVersion.Version.ToString(), Environment.OSVersion.Version < new Version(6, 1) ? "Linux 6.1 or later is needed" : null);

    private static MachineCheck Device() => File.Exists("/dev/fuse")
        ? new("/dev/fuse", "there", null)
        : new("/dev/fuse", "missing", "modprobe fuse");

    private static MachineCheck Transport(FuseKernel kernel)
    {
        var chosen = TransportSelection.Choose(TransportOption.Auto, kernel, Processors.PossibleCount(), UringLimits.DefaultMemory, 1 << 20);
        return new("transport of new mounts", (chosen.Plan is null ? "classic: " : "uring: ") + chosen.Why, chosen.Advice);
    }

    // Whether it was built in, and takes the files of a volume, only a mount finds out.
    private static MachineCheck Passthrough()
    {
        var isNewEnough = Environment.OSVersion.Version >= PassthroughOutcome.FirstKernel;
        return new("passthrough of new mounts", isNewEnough ? "used where the kernel takes the files of the volume" : "this kernel has none", isNewEnough ? null : $"Linux {PassthroughOutcome.FirstKernel} or later has it");
    }

    private static MachineCheck MaxPages(FuseKernel kernel)
    {
        var largest = (long)kernel.MaxPages * Environment.SystemPageSize;
        return new("fs.fuse.max_pages_limit", $"{kernel.MaxPages}: requests up to {largest >> 10} KiB", null);
    }

    private static MachineCheck Engine()
    {
        var file = RocksDbLibrary.Find(out var problem);
        return new("librocksdb", file ?? "not usable", file is null ? problem : null);
    }

    private static MachineCheck HugePages()
    {
        var free = ProcFile.Value("/proc/meminfo", "HugePages_Free:") ?? "none";
        return new("huge pages", $"{free} reserved and free: slots of the classic transport take them where they suffice", null);
    }

    private static MachineCheck LockedMemory()
    {
        var soft = ProcFile.Value("/proc/self/limits", "Max locked memory")?.Split(' ')[0] ?? "unknown";
        var text = long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? $"{bytes >> 10} KiB" : soft;
        return new("locked memory", $"{text}; root is not bound by it", null);
    }
}
