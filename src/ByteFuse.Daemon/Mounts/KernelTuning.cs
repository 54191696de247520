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
    /// The part of <paramref name="maxWrite"/> bytes that the kernel lets a request have, in whole pages; its limit is raised
    /// where that is allowed.
    /// </summary>
    public static uint Fitting(uint maxWrite)
    {
        var page = (uint)Environment.SystemPageSize;
        var wanted = (maxWrite + page - 1) / page;
        var limit = FuseKernel.Read().MaxPages;
        if (limit < wanted && TryWrite(FuseKernel.MaxPagesFile, wanted)) limit = FuseKernel.Read().MaxPages;
        return Math.Min(maxWrite, limit * page);
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
