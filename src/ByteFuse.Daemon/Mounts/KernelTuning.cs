using System.Globalization;
using ByteFuse.Linux;

namespace ByteFuse.Daemon;

/// <summary>What the kernel is told around a mount, where it lets us; nothing here is needed for correctness.</summary>
internal static class KernelTuning
{
    /// <summary>
    /// Allocations of this process do not wait for its own file system's write-back. For the calling thread and those it
    /// starts afterwards; needs CAP_SYS_RESOURCE.
    /// </summary>
    public static bool BecomeIoFlusher() => ProcessCalls.Prctl(ProcessCalls.SetIoFlusher, 1).Succeeded;

    /// <summary>
    /// Raises the pages that a request may have to those of <paramref name="maxWrite"/> bytes, where that is needed and
    /// allowed; what the kernel is set to then.
    /// </summary>
    public static FuseKernel Allow(uint maxWrite)
    {
        var page = (uint)Environment.SystemPageSize;
        var wanted = (maxWrite + page - 1) / page;
        var kernel = FuseKernel.Read();
        return kernel.MaxPages < wanted && TryWrite(FuseKernel.MaxPagesFile, wanted) ? FuseKernel.Read() : kernel;
    }

    /// <summary>Lets the kernel read ahead so far on a mount; without it, 128 KiB.</summary>
    public static bool SetReadAhead(string mountPoint, uint bytes) =>
        MountTable.DeviceOf(mountPoint) is { } device && TryWrite($"/sys/class/bdi/{device}/read_ahead_kb", bytes / 1024);

    private static bool TryWrite(string file, uint number)
    {
        try
        {
            File.WriteAllText(file, number.ToString(CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
